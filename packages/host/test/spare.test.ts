import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Format } from "esbuild";
import { type HostRequests, isTauError, type TauError } from "tau-protocol";
import { type Clock, createPeer, type Peer, systemClock } from "tau-rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExitStatus, LauncherClient, type LaunchOptions } from "../dist/launch/launcher-client.js";
import { SparePool } from "../dist/launch/spare-pool.js";
import { isAlive, openDescriptors, processesWith, until } from "./support/processes.ts";
import { StillClock } from "./support/still-clock.ts";
import { fixture } from "./support/workspace.ts";

const RUNNER = createRequire(import.meta.url).resolve("tau-ext/runner");

interface Extension {
  pid: number;
  /** What it printed, by stream. */
  printed: { stdout: string; stderr: string };
  exited: Promise<ExitStatus>;
  /** The text that a tool answers. */
  ask(tool: string): Promise<string>;
  kill(): Promise<void>;
}

interface BenchOptions {
  /** How a spare is started, where it is not the runner. */
  spare?: Partial<LaunchOptions>;
  size?: 0 | 1;
  clock?: Clock;
}

/** A launcher and a pool. Disposal checks that no process and no descriptor is left. */
class Bench implements AsyncDisposable {
  readonly launcher: LauncherClient;
  readonly pool: SparePool;
  readonly errors: TauError[] = [];
  readonly launch: LaunchOptions;
  readonly #descriptors = openDescriptors();
  #mark = "";

  constructor({ spare = {}, size = 1, clock = systemClock }: BenchOptions = {}) {
    this.launcher = new LauncherClient(((command: string, args: string[], options: object) => {
      this.#mark = `TAU_PROCESS=${args[1]}.`;
      return spawn(command, args, options);
    }) as typeof spawn);
    this.launch = {
      command: process.execPath,
      args: [RUNNER],
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: "/nowhere", LC_ALL: "C.UTF-8", TAU_CHANNEL: "fd:3,4" },
      channel: "fd3+4",
    };
    const describe = (): LaunchOptions => ({ ...this.launch, ...spare });
    this.pool = new SparePool({
      launcher: this.launcher,
      describe,
      size,
      clock,
      onError: (error) => this.errors.push(error),
    });
  }

  /** Waits for a spare and starts the extension in it. */
  async startInSpare(bundle: string, env: Record<string, string> = {}): Promise<Extension> {
    this.pool.warmUp();
    let extension: Promise<Extension> | undefined;
    await until("a spare to be up", () => (extension = this.tryStart(bundle, env)) !== undefined, 10_000);
    if (extension === undefined) throw new Error("Expected an extension.");
    return extension;
  }

  /** Starts the extension in a spare, if one is there. */
  tryStart(bundle: string, env: Record<string, string> = {}): Promise<Extension> | undefined {
    const printed = { stdout: "", stderr: "" };
    const launched = this.pool.take(this.#wanted(bundle, env), {
      output: ({ stream, text }) => void (printed[stream] += text),
    });
    return launched && sayHello({ ...launched, printed });
  }

  async startFresh(bundle: string, env: Record<string, string> = {}): Promise<Extension> {
    const printed = { stdout: "", stderr: "" };
    const launched = await this.launcher.launch(this.#wanted(bundle, env), {
      output: ({ stream, text }) => void (printed[stream] += text),
    });
    return sayHello({ ...launched, printed });
  }

  /** Living processes that the launcher started. */
  processes(): number[] {
    return this.#mark === "" ? [] : processesWith(this.#mark);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close();
    await this.launcher.close();
    expect(this.processes(), "processes of this launcher").toEqual([]);
    await until("no file descriptor to be left", () => openDescriptors() <= this.#descriptors);
  }

  #wanted(bundle: string, env: Record<string, string>): LaunchOptions {
    const args = [RUNNER, bundle, "observed", "1.2.3"];
    return { ...this.launch, args, env: { ...this.launch.env, ...env } };
  }
}

type Connected = Pick<Awaited<ReturnType<LauncherClient["launch"]>>, "pid" | "channel" | "exited" | "kill"> & {
  printed: Extension["printed"];
};

async function sayHello({ pid, channel, exited, kill, printed }: Connected): Promise<Extension> {
  const peer: Peer<HostRequests, object> = createPeer(channel);
  const hello = { protocol: { min: 1, max: 1 }, host: { name: "test", version: "0" }, cwd: "/", services: [] };
  await peer.request("hello", {
    ...hello,
    extension: { id: "observed", generation: 1 },
    limits: { maxLineBytes: 16 * 1024 * 1024 },
  });
  const ask = async (tool: string): Promise<string> => {
    const { content } = await peer.request("tool/execute", { tool, arguments: {} });
    return content.map((piece) => (piece.type === "text" ? piece.text : "")).join("");
  };
  return { pid, printed, exited, kill, ask };
}

/** Bundles a fixture as the host does. */
async function bundle(source: string, target: string, format: Format): Promise<string> {
  const outfile = join(target, `bundle.${format === "cjs" ? "cjs" : "mjs"}`);
  const options = { bundle: true, platform: "node", target: "node20", sourcemap: "external" } as const;
  const banner = { js: format === "esm" ? ESM_BANNER : "" };
  await build({ ...options, entryPoints: [source], outfile, format, logLevel: "silent", banner });
  return outfile;
}

const ESM_BANNER = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const module = {};`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tau-spare-")));
const bundles = { cjs: "", esm: "" };

beforeAll(async () => {
  for (const format of ["cjs", "esm"] as const) {
    bundles[format] = await bundle(fixture("observes.cjs"), folder, format);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("an extension in a spare", () => {
  for (const format of ["cjs", "esm"] as const) {
    test(`sees what it sees in a process of its own (${format})`, async () => {
      await using bench = new Bench();
      const file = bundles[format];
      const env = { GRANTED: "yes", HOME: "/granted", TZ: "Asia/Tokyo", NODE_ENV: "production" };
      const fresh = JSON.parse(await (await bench.startFresh(file, env)).ask("look")) as unknown;
      const spare = JSON.parse(await (await bench.startInSpare(file, env)).ask("look")) as unknown;
      expect(spare).toEqual(fresh);
      expect(spare).toMatchObject({
        atLoad: {
          argv: [process.execPath, RUNNER, file, "observed", "1.2.3"],
          zone: "Asia/Tokyo",
          hour: 9,
          home: "/granted",
        },
      });
    });
  }

  test("sees its own process's output routed to whoever took it", async () => {
    await using bench = new Bench();
    const extension = await bench.startInSpare(bundles.cjs);
    await extension.ask("print");
    await until("the output to come", () => extension.printed.stderr !== "");
    expect(extension.printed).toEqual({ stdout: "setup runs\nprinted\n", stderr: "complained\n" });
  });

  test("has stacks with the same places in the author's sources", async () => {
    await using bench = new Bench();
    const stackOf = async (extension: Extension): Promise<string | undefined> =>
      ((await extension.ask("throw").catch((error: unknown) => error)) as TauError).remoteStack;
    const fresh = await stackOf(await bench.startFresh(bundles.cjs));
    const spare = await stackOf(await bench.startInSpare(bundles.cjs));
    expect(spare).toBe(fresh);
    expect(spare).toContain(`${fixture("observes.cjs")}:`);
  });

  test("that crashes ends with the same status and last words", async () => {
    await using bench = new Bench();
    const endOf = async (extension: Extension): Promise<object> => {
      const error: unknown = await extension.ask("crash").catch((reason: unknown) => reason);
      const code = isTauError(error) ? error.code : error;
      return { code, exit: await extension.exited, printed: extension.printed };
    };
    const fresh = await endOf(await bench.startFresh(bundles.cjs));
    const spare = await endOf(await bench.startInSpare(bundles.cjs));
    expect(spare).toEqual(fresh);
    expect(spare).toMatchObject({ code: "channel-closed", exit: { exitCode: 1, signal: null } });
    expect(bench.errors).toEqual([]);
  });

  test("keeps what it was granted from whoever gets the next spare", async () => {
    await using bench = new Bench();
    const first = await bench.startInSpare(bundles.cjs, { SECRET: "first" });
    const second = await bench.startInSpare(bundles.cjs, { OTHER: "second" });
    expect(JSON.parse(await first.ask("environment"))).toMatchObject({ SECRET: "first" });
    const environment = JSON.parse(await second.ask("environment")) as Record<string, string>;
    expect(Object.keys(environment).sort()).toEqual(["HOME", "LC_ALL", "OTHER", "PATH", "TAU_PROCESS"]);
    expect(readFileSync(`/proc/${first.pid}/environ`, "utf8")).not.toContain("first");
  });
});

describe("a spare", () => {
  test("serves one extension, and the next one is another process", async () => {
    await using bench = new Bench({ clock: new StillClock() });
    const first = await bench.startInSpare(bundles.cjs);
    expect(bench.tryStart(bundles.cjs)).toBeUndefined();
    const second = await bench.startInSpare(bundles.cjs);
    expect(second.pid).not.toBe(first.pid);
    expect(new Set(bench.processes())).toEqual(new Set([first.pid, second.pid]));
  });

  test("is not used where a variable would come too late, and waits on for who can use it", async () => {
    await using bench = new Bench();
    bench.pool.warmUp();
    await until("a spare to be up", () => bench.processes().length === 1);
    const [waiting] = bench.processes();
    for (const variable of ["NODE_OPTIONS", "LC_ALL", "UV_THREADPOOL_SIZE"]) {
      expect(bench.tryStart(bundles.cjs, { [variable]: "--no-warnings" })).toBeUndefined();
    }
    expect((await bench.startInSpare(bundles.cjs)).pid).toBe(waiting);
  });

  test("that is killed while it waits is told of, never handed out, and replaced", async () => {
    await using bench = new Bench();
    bench.pool.warmUp();
    await until("a spare to be up", () => bench.processes().length === 1);
    const [killed] = bench.processes();
    process.kill(killed ?? 0, "SIGKILL");
    await until("the end to be told", () => bench.errors.length === 1);
    expect(bench.errors[0]).toMatchObject({ code: "spawn-failed", signal: "SIGKILL" });
    expect(bench.errors[0]?.message).toContain("wait quietly for an extension, but it ended.");
    await until("another spare", () => bench.processes().length === 1);
    const extension = await bench.startInSpare(bundles.cjs);
    expect(extension.pid).not.toBe(killed);
    expect(JSON.parse(await extension.ask("print"))).toBe("done");
  });

  const broken: Record<string, [script: string, words: string]> = {
    "that prints": [
      "console.log('a warning'); setInterval(() => {}, 1000)",
      "printed something. It had printed: a warning",
    ],
    "that ends": ["console.error('no license'); process.exit(7)", "It had printed: no license"],
    "that speaks unasked": ["require('node:fs').writeSync(4, '{}\\n'); setInterval(() => {}, 1000)", "spoke unasked"],
    "that talks nonsense": [
      "require('node:fs').writeSync(4, 'nonsense\\n'); setInterval(() => {}, 1000)",
      "wrote nonsense to its channel",
    ],
  };
  for (const [name, [script, words]] of Object.entries(broken)) {
    test(`${name} is discarded with its words`, async () => {
      const clock = new StillClock();
      await using bench = new Bench({ spare: { args: ["-e", script] }, clock });
      bench.pool.warmUp();
      await until("the fault to be told", () => bench.errors.length === 1, 10_000);
      expect(bench.errors[0]?.message).toContain(words);
      expect(bench.processes()).toEqual([]);
    });
  }

  test("that uses more than its limits allow is discarded", async () => {
    await using bench = new Bench({ spare: { limits: { memoryBytes: 1024 } }, clock: new StillClock() });
    bench.pool.warmUp();
    await until("the fault to be told", () => bench.errors.length === 1, 10_000);
    expect(bench.errors[0]?.message).toMatch(/used \d+ where its limit is 1024 \(memory\)/);
  });

  test("that breaks again and again is tried three times a minute, and only when something starts", async () => {
    const clock = new StillClock();
    await using bench = new Bench({ spare: { args: ["-e", "process.exit(7)"] }, clock });
    bench.pool.warmUp();
    for (let count = 1; count <= 3; count++) {
      await until(`spare ${count} to break`, () => bench.errors.length === count, 10_000);
      expect(bench.errors[count - 1]).toMatchObject({ code: "spawn-failed", exitCode: 7 });
      clock.move(50);
    }
    expect(clock.waiting).toBe(0);
    expect(bench.tryStart(bundles.cjs)).toBeUndefined();
    clock.move(50);
    expect(clock.waiting).toBe(0);
    clock.move(60_000);
    expect(bench.tryStart(bundles.cjs)).toBeUndefined();
    clock.move(50);
    await until("the next one to break", () => bench.errors.length === 4, 10_000);
  });

  test("that can't be launched is told of and missed by nobody", async () => {
    await using bench = new Bench({ spare: { command: "/no/such/program" }, clock: new StillClock() });
    bench.pool.warmUp();
    await until("the failure to be told", () => bench.errors.length === 1);
    expect(bench.errors[0]?.code).toBe("command-not-found");
    expect(bench.tryStart("/any.cjs")).toBeUndefined();
  });
});

describe("a pool", () => {
  test("starts the next spare a little later and once, however often one is missed", async () => {
    const clock = new StillClock();
    await using bench = new Bench({ clock });
    const extension = await bench.startInSpare(bundles.cjs);
    for (let n = 0; n < 10; n++) expect(bench.tryStart(bundles.cjs)).toBeUndefined();
    expect(clock.waiting).toBe(1);
    clock.move(49);
    expect(bench.processes()).toEqual([extension.pid]);
    clock.move(1);
    await until("a spare to be up", () => bench.processes().length === 2);
    expect(clock.waiting).toBe(0);
  });

  test("that nobody has warmed up starts nothing by itself", async () => {
    const clock = new StillClock();
    await using bench = new Bench({ clock });
    expect(bench.tryStart(bundles.cjs)).toBeUndefined();
    bench.pool.replenish();
    expect(clock.waiting).toBe(0);
    expect(bench.processes()).toEqual([]);
  });

  test("of size 0 starts nothing and has nothing", async () => {
    const clock = new StillClock();
    await using bench = new Bench({ size: 0, clock });
    bench.pool.warmUp();
    bench.pool.replenish();
    expect(clock.waiting).toBe(0);
    expect(bench.tryStart("/any.cjs")).toBeUndefined();
    expect(bench.processes()).toEqual([]);
  });

  test("that is closed leaves no spare, and leaves alone who was taken", async () => {
    await using bench = new Bench({ clock: new StillClock() });
    const extension = await bench.startInSpare(bundles.cjs);
    bench.pool.warmUp();
    await until("another spare", () => bench.processes().length === 2);
    await bench.pool.close();
    expect(bench.processes()).toEqual([extension.pid]);
    expect(JSON.parse(await extension.ask("print"))).toBe("done");
    bench.pool.warmUp();
    bench.pool.replenish();
    expect(bench.tryStart(bundles.cjs)).toBeUndefined();
    expect(bench.errors).toEqual([]);
  });

  test("that is closed while a spare starts leaves nothing", async () => {
    await using bench = new Bench();
    bench.pool.warmUp();
    await bench.pool.close();
    expect(bench.processes()).toEqual([]);
    expect(bench.errors).toEqual([]);
  });

  test("whose host is killed leaves no spare", async () => {
    const host = spawn(process.execPath, [fixture("keeps-spare.mjs"), RUNNER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [chunk] = (await once(host.stdout, "data")) as [Buffer];
    const pid = Number(chunk.toString());
    expect(isAlive(pid)).toBe(true);
    host.kill("SIGKILL");
    await until("the spare to be gone", () => !isAlive(pid));
  });
});
