import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { build } from "esbuild";
import { type HostNotifications, type HostRequests, SUPPORTED_PROTOCOLS } from "tau-protocol";
import { createPeer, createStreamChannel, type Peer, systemClock } from "tau-rpc";
import { InspectorLines, PROFILABLE_FLAGS } from "../../src/liveness/inspector-lines.ts";
import type { LivenessMonitor } from "../../src/liveness/liveness-monitor.ts";
import { BlockedProfiler } from "../../src/liveness/profile-blocked.ts";
import { fixture } from "./workspace.ts";

const RUNNER = createRequire(import.meta.url).resolve("tau-ext/runner");

/** What a monitor told of a process, in order. */
export type Told = { what: "hang" | "recovery" | "limit"; blockedMs: number; at: number };

/** An extension that blocks, in the runner, without a host around it. */
export class Blocking implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly peer: Peer<HostRequests, HostNotifications>;
  readonly lines = new InspectorLines(systemClock);
  readonly profiler: BlockedProfiler;
  /** What a log would hold of its stderr. */
  readonly logged: string[] = [];
  readonly told: Told[] = [];
  #waiting: (() => void)[] = [];
  #begun: Promise<void> = Promise.resolve();
  #unwatch = (): void => {};

  private constructor(child: ChildProcess, bundle: string) {
    this.child = child;
    const socket = child.stdio[3] as Duplex;
    this.peer = createPeer<HostRequests, HostNotifications>(
      createStreamChannel({ readable: socket, writable: socket }),
      { requests: {}, onClose: () => this.#unwatch() },
    );
    createInterface({ input: child.stderr as NonNullable<ChildProcess["stderr"]> })
      .on("line", (line) => {
        if (this.lines.keep(line)) this.logged.push(line);
      })
      .on("close", () => this.lines.end());
    this.profiler = new BlockedProfiler({
      pid: this.pid,
      isNode: true,
      bundle,
      nextStderrMatch: (pattern, timeoutMs) => this.lines.nextMatch(pattern, timeoutMs),
      clock: systemClock,
    });
  }

  static async start(bundle: string): Promise<Blocking> {
    const child = spawn(process.execPath, [...PROFILABLE_FLAGS, RUNNER, bundle, "blocks", "1.0.0"], {
      env: { TAU_CHANNEL: "fd:3", PATH: process.env["PATH"] },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    const blocking = new Blocking(child, bundle);
    await blocking.peer.request("hello", {
      protocol: SUPPORTED_PROTOCOLS,
      host: { name: "test", version: "1.0.0" },
      extension: { id: "blocks", generation: 1 },
      cwd: "/",
      limits: { maxLineBytes: 2 ** 24 },
      services: [],
    });
    return blocking;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  watch(monitor: LivenessMonitor, limitMs = Infinity): void {
    const tell =
      (what: Told["what"]) =>
      ({ blockedMs }: { blockedMs: number }): void => {
        this.told.push({ what, blockedMs, at: performance.now() });
        for (const wake of this.#waiting.splice(0)) wake();
      };
    this.#unwatch = monitor.watch({
      ping: () => this.peer.request("ping", {}),
      limitMs,
      onHang: tell("hang"),
      onRecover: tell("recovery"),
      onLimit: tell("limit"),
    });
  }

  /** The first time that this is told. */
  async untilTold(what: Told["what"]): Promise<Told> {
    for (;;) {
      const told = this.told.find((each) => each.what === what);
      if (told !== undefined) return told;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Settles when the deed is done, if ever. A process that is ended meanwhile is no failure. */
  async do(deed: string, path = ""): Promise<void> {
    let result: Promise<unknown> = Promise.resolve();
    this.#begun = new Promise((resolve) => {
      const params = { tool: "block", arguments: { deed, path } };
      result = this.peer.request("tool/execute", params, { onProgress: () => resolve() });
    });
    await result.catch(() => undefined);
  }

  /** It is in the deed that it was told last: it has begun, and the answer to a ping stays away. */
  async untilBlocked(): Promise<void> {
    await this.#begun;
    for (;;) {
      const answered = await Promise.race([
        this.peer.request("ping", {}).then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 300)),
      ]);
      if (!answered) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unwatch();
    const gone = once(this.child, "close");
    this.child.kill("SIGKILL");
    await gone;
  }
}

/** Bundles the extension as a host does, with a map beside it. */
export async function bundleBlocking(): Promise<{ bundle: string; directory: string } & AsyncDisposable> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "tau-liveness-")));
  const bundle = join(directory, "bundle.cjs");
  await build({
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: "external",
    keepNames: true,
    logLevel: "silent",
    entryPoints: [fixture("blocks.ts")],
    outfile: bundle,
  });
  return { bundle, directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
