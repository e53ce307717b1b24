import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createPeer, type Peer } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { type Launched, type LaunchListener, LauncherClient } from "../dist/launch/launcher-client.js";
import { type Excess, excessError, resolveLimits, type ResourceLimits } from "../dist/launch/limits.js";
import { isAlive, processesWith, stateOf, until } from "./support/processes.ts";
import { fixture } from "./support/workspace.ts";

const MIB = 1024 ** 2;

const ECHO = `
  const { createInterface } = require("node:readline");
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, params } = JSON.parse(line);
    process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: params }) + "\\n");
  });
`;

interface Hog extends Launched {
  /** Resolves with what was exceeded when the process and its family are gone. */
  ended: Promise<Excess | undefined>;
  /** When it was told that a limit is exceeded. */
  toldAt: () => number;
}

/** A launcher with a neighbour that must never notice anything. */
class Launcher implements AsyncDisposable {
  readonly client: LauncherClient;
  #name = "";
  #neighbour: Peer<{ echo: { params: object; result: object } }, object> | undefined;

  constructor() {
    this.client = new LauncherClient(((command: string, args: string[], options: object) => {
      this.#name = String(args[1]);
      return spawn(command, args, options);
    }) as typeof spawn);
  }

  launch(command: string, args: string[], limits?: ResourceLimits, listener?: LaunchListener): Promise<Launched> {
    const env = { PATH: String(process.env["PATH"]) };
    const options = { command, args, cwd: "/", env, channel: "stdio" as const };
    return this.client.launch({ ...options, ...(limits === undefined ? {} : { limits }) }, listener ?? { output() {} });
  }

  async hog(command: string, args: string[], limits: ResourceLimits): Promise<Hog> {
    let excess: Excess | undefined;
    let toldAt = Number.NaN;
    const exceeded = (told: Excess): void => {
      expect(excess).toBeUndefined();
      excess = told;
      toldAt = performance.now();
    };
    const launched = await this.launch(command, args, limits, { output() {}, exceeded });
    launched.channel.listen({ message() {}, fault() {}, closed() {} });
    return { ...launched, ended: launched.exited.then(() => excess), toldAt: () => toldAt };
  }

  async call(): Promise<void> {
    if (this.#neighbour === undefined) {
      const { channel } = await this.launch(process.execPath, ["-e", ECHO]);
      this.#neighbour = createPeer(channel, {});
    }
    await this.#neighbour.request("echo", { text: "still here" }, { timeoutMs: 10_000 });
  }

  /** How long the neighbour's answers take until then, in milliseconds: the 99th percentile; of less than a hundred, all but the slowest. */
  async p99Until(end: Promise<unknown>): Promise<number> {
    let ended = false;
    const mark = (): void => void (ended = true);
    end.then(mark, mark);
    const times: number[] = [];
    while (!ended) {
      const start = performance.now();
      await this.call();
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    times.sort((a, b) => a - b);
    return times[Math.min(Math.floor(times.length * 0.99), times.length - 2)] ?? Number.NaN;
  }

  processes(): number[] {
    return processesWith(`TAU_PROCESS=${this.#name}.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.call();
    await this.client.close();
    expect(this.processes()).toEqual([]);
  }
}

describe("memory", () => {
  const child = "const kept = Buffer.alloc(60 * 2 ** 20, 1); setInterval(() => kept, 1000)";
  const hoarders: [string, string][] = [
    ["buffers", "const all = []; setInterval(() => all.push(Buffer.alloc(8 * 2 ** 20, 1)), 5)"],
    ["its heap", "const all = []; setInterval(() => all.push(Array.from({ length: 5e5 }, (_, i) => i + 0.5)), 5)"],
    [
      "its children",
      `for (let i = 0; i < 8; i++) require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}])`,
    ],
  ];

  test.for(hoarders)("an extension that fills %s is ended, with figures, and nobody notices", async ([, code]) => {
    await using launcher = new Launcher();
    await launcher.call();
    const hog = await launcher.hog(process.execPath, ["-e", code], { memoryBytes: 300 * MIB });
    expect(await launcher.p99Until(hog.ended)).toBeLessThan(200);
    const excess = await hog.ended;
    expect(excess).toMatchObject({ limit: "memory", max: 300 * MIB });
    // It was stopped soon after, not when it had everything.
    expect(excess?.got).toBeGreaterThan(300 * MIB);
    expect(excess?.got).toBeLessThan(900 * MIB);
    expect(performance.now() - hog.toldAt()).toBeLessThan(3000);
  });
});

describe("processes", () => {
  // Each doubles, to 255 processes: the limit that is to stop it may fail, and a whole machine has one too.
  const pipes = 'f() { [ "$1" -gt 7 ] && exec sleep 1000; f $(($1 + 1)) | f $(($1 + 1)) & wait; }; f 1';
  const setsid = '[ "$D" -gt 7 ] && exec sleep 1000; export D=$((D + 1)); setsid sh -c "$B" & setsid sh -c "$B" & wait';
  const bombs: [string, string, string[]][] = [
    ["a shell", "sh", ["-c", pipes]],
    ["a shell, in sessions of their own", "sh", ["-c", `export D=1 B='${setsid}'; sh -c "$B"`]],
    ["Node", process.execPath, [fixture("bomb.mjs")]],
  ];

  test.for(bombs)("a bomb of processes from %s is ended to the last one", async ([, command, args]) => {
    await using launcher = new Launcher();
    await launcher.call();
    const start = performance.now();
    const hog = await launcher.hog(command, args, { processes: 50 });
    const p99 = await launcher.p99Until(hog.ended);
    expect(await hog.ended).toMatchObject({ limit: "processes", max: 50 });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(p99).toBeLessThan(500);
    expect(launcher.processes()).toHaveLength(1);
  });

  test("many processes below the limit are left alone, and go on", async () => {
    await using launcher = new Launcher();
    const script = "i=0; while [ $i -lt 250 ]; do sleep 1000 & i=$((i+1)); done; wait";
    const busy = await launcher.hog("sh", ["-c", script], { processes: 256 });
    await until("the processes", () => launcher.processes().length === 251, 10_000);
    expect(await busy.usage()).toMatchObject({ processes: 251 });
    // New ones are stopped for the moment in which they are counted.
    await until("them to go on", () => !launcher.processes().some((pid) => stateOf(pid) === "T"));
    await busy.kill();
    expect(await busy.ended).toBeUndefined();
  });
});

describe("processors", () => {
  const LOOP = ["-e", "for(;;);"];

  test("an extension that is busy for longer than its limit allows is ended, with figures", async () => {
    await using launcher = new Launcher();
    const hog = await launcher.hog(process.execPath, LOOP, { cpuPercent: 5 });
    const excess = await hog.ended;
    expect(excess).toMatchObject({ limit: "cpu", max: 5 });
    expect(excess?.got).toBeGreaterThan(5);
    expect(excess?.got).toBeLessThan(130);
  }, 30_000);

  test("without a limit it goes on, and yields to the others", async () => {
    await using launcher = new Launcher();
    // In sessions of their own they get as much as several programs, also where other tests run.
    const loops =
      "for (let i = 0; i < 3; i++) require('child_process').spawn(process.execPath, ['-e', 'for(;;);'], { detached: true })";
    const hog = await launcher.hog(process.execPath, ["-e", `${loops}; for(;;);`], {});
    await until("it to yield", () => nicenessOf(hog.pid) > 0, 10_000);
    expect(isAlive(hog.pid)).toBe(true);
    await hog.kill();
  });
});

describe("usage", () => {
  test("memory, processor time and processes of the whole family are told", async () => {
    await using launcher = new Launcher();
    const work = "const kept = Buffer.alloc(100 * 2 ** 20, 1); const end = Date.now() + 300; while (Date.now() < end);";
    const code = `${work} require("child_process").spawn("sleep", ["1000"]); setInterval(() => kept, 1000)`;
    const hog = await launcher.hog(process.execPath, ["-e", code], {});
    let usage = await hog.usage();
    while (usage?.processes !== 2) usage = await hog.usage();
    expect(usage.memoryBytes).toBeGreaterThan(100 * MIB);
    expect(usage.memoryBytes).toBeLessThan(250 * MIB);
    expect(usage.cpuMs).toBeGreaterThan(50);
    expect(usage.cpuMs).toBeLessThan(5000);
    await hog.kill();
    expect(await hog.usage()).toBeUndefined();
  });
});

describe("limits", () => {
  test("defaults are filled in, and Infinity is none", () => {
    expect(resolveLimits()).toEqual({ memoryBytes: 2 * 1024 * MIB, processes: 256 });
    expect(resolveLimits({ memoryBytes: Infinity, processes: Infinity, cpuPercent: 150 })).toEqual({ cpuPercent: 150 });
  });

  test.for([0, -1, Number.NaN, "2 GiB"])("%s is refused", (memoryBytes) => {
    expect(() => resolveLimits({ memoryBytes: memoryBytes as number })).toThrow(/`memoryBytes`.*above 0.*got/);
  });

  test.for([
    [{ limit: "memory", got: 2.13 * 1024 * MIB, max: 2 * 1024 * MIB }, "used 2.1 GiB of memory, allowed are 2 GiB"],
    [{ limit: "memory", got: 310 * MIB, max: 300 * MIB }, "used 310 MiB of memory, allowed are 300 MiB"],
    [{ limit: "processes", got: 900, max: 256 }, "ran 900 processes, allowed are 256"],
    [{ limit: "cpu", got: 99.7, max: 40 }, "used 100 % of a processor over 10 s, allowed are 40 %"],
  ] as const)("the error names both figures: %o", ([excess, text]) => {
    const error = excessError("greedy", excess);
    expect(error).toMatchObject({ code: "extension-killed", extensionId: "greedy", executed: "maybe" });
    expect(error.message).toContain(`Extension \`greedy\` was ended: it ${text}.`);
  });
});

function nicenessOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]);
}
