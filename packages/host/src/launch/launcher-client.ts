import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { DEFAULT_MAX_LINE_BYTES, isTauError, TauError } from "tau-protocol";
import {
  type Channel,
  createPathChannel,
  createPeer,
  createPipeChannel,
  createStreamChannel,
  type Peer,
} from "tau-rpc";
import { killLaunchedBy } from "./kill-tree.ts";
import { launchError } from "./launch-error.ts";
import type { Excess, ProcessUsage } from "./limits.ts";
import type {
  ExceededParams,
  ExitParams,
  LauncherNotices,
  LauncherRequests,
  LaunchParams,
  OutputParams,
} from "./messages.ts";
import { type SpawnFunction, spawnLauncher } from "./spawn-launcher.ts";

export type LaunchOptions = Omit<LaunchParams, "token" | "path">;

/** What a launched process tells. */
export interface LaunchListener {
  output(output: OutputParams): void;
  /** It used more than its limits allow, and is being killed. Told once at most, before `exited` resolves. */
  exceeded?(excess: Excess): void;
}

/** A process that runs, with its channel. */
export interface Launched {
  pid: number;
  channel: Channel;
  /** Resolves, never rejects, when the process has ended and its output has been told. */
  exited: Promise<ExitStatus>;
  /** Says that it does its work by now, so that what could wait for that is done. Only to be faster. */
  up(): void;
  /** Kills it with all its descendants. Resolves when none is left. May be called more than once. */
  kill(): Promise<void>;
  /** What it and its descendants use now. `undefined` once it has ended, and without /proc, where no limit holds either. */
  usage(): Promise<ProcessUsage | undefined>;
}

export interface ExitStatus {
  exitCode: number | null;
  signal: string | null;
  /** Descendants that could not be ended: of another user, or stuck in the kernel. */
  left?: number[];
}

interface Entry {
  listener: LaunchListener;
  finish(status: ExitStatus): void;
}

interface Running {
  /** Begins the token of every process that this launcher starts. */
  name: string;
  peer: Peer<LauncherRequests, LauncherNotices>;
  /** The launcher has exited. */
  exited: Promise<void>;
  child: ChildProcess;
  /** The next process's channel, made when nobody waited for it. */
  next: Promise<Connection | undefined> | undefined;
}

/** A channel to the launcher, which will be a process's. */
interface Connection {
  path: string;
  channel: Channel;
}

/** No process takes this long to be forked: the system is out of something. */
const LAUNCH_TIMEOUT_MS = 10_000;

const USAGE_TIMEOUT_MS = 2_000;

/** How long the launcher may take to end everything it started, before it is ended itself. */
const CLOSE_TIMEOUT_MS = 5_000;

/** The host's end of the launcher. Starts it when it is first needed, and again should it ever die. */
export class LauncherClient {
  readonly #spawn: SpawnFunction;
  readonly #maxLineBytes: number;
  readonly #entries = new Map<string, Entry>();
  #running: Running | undefined;
  /** Launchers that have ended, until nothing that they started is left. */
  readonly #cleanups = new Set<Promise<void>>();
  #launches = 0;
  #closed = false;

  /** @param maxLineBytes the longest line that is read of what it launches */
  constructor(spawnFunction: SpawnFunction, maxLineBytes: number = DEFAULT_MAX_LINE_BYTES) {
    this.#spawn = spawnFunction;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Starts the launcher now, so that the first launch does not wait for it. */
  warmUp(): void {
    this.#ensureRunning();
  }

  /**
   * A launcher that ends meanwhile takes with it what it may have started: another one is asked then, once, when nothing of that is left.
   * @throws TauError `command-not-found`, `command-not-executable`, `spawn-failed`, `launcher-failed`
   */
  async launch(options: LaunchOptions, listener: LaunchListener): Promise<Launched> {
    try {
      return await this.#launch(options, listener);
    } catch (error) {
      if (!isTauError(error) || error.code !== "launcher-failed" || this.#closed) throw error;
      await Promise.all(this.#cleanups);
      return this.#launch(options, listener);
    }
  }

  async #launch(options: LaunchOptions, listener: LaunchListener): Promise<Launched> {
    const running = this.#ensureRunning();
    const { peer, name } = running;
    const token = `${name}.${++this.#launches}`;
    const exited = this.#register(token, listener);
    let channel: Channel | undefined;
    try {
      const connection = await this.#takeConnection(running);
      const { path } = connection;
      channel = connection.channel;
      const { pid } = await peer.request("spawn", { ...options, token, path }, { timeoutMs: LAUNCH_TIMEOUT_MS });
      return {
        pid,
        channel,
        exited,
        up: () => this.#prepareNext(running),
        kill: () => this.#kill(token, exited),
        usage: () => this.#usage(token),
      };
    } catch (error) {
      this.#entries.delete(token);
      channel?.close();
      throw launchError(error, options);
    }
  }

  /** Ends the launcher, and with it every process it started. Resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = this.#running;
    if (running !== undefined) await this.#end(running);
    await Promise.all(this.#cleanups);
  }

  async #end({ peer, child, exited }: Running): Promise<void> {
    peer.close();
    const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  /** Something that was started is up: what the next one needs is made now. */
  #prepareNext(running: Running): void {
    running.peer.notify("up", {});
    // Whoever needs it asks again, and is told what is wrong.
    running.next ??= this.#connect(running).catch(() => undefined);
  }

  /** The one that waits, once, or a new one. */
  async #takeConnection(running: Running): Promise<Connection> {
    const { next } = running;
    running.next = undefined;
    return (await next) ?? this.#connect(running);
  }

  async #connect({ peer }: Running): Promise<Connection> {
    const { path, fromProcess } = await peer.request("listen", {}, { timeoutMs: LAUNCH_TIMEOUT_MS });
    const maxLineBytes = this.#maxLineBytes;
    const channel =
      fromProcess === undefined
        ? createPathChannel({ path, maxLineBytes })
        : createPipeChannel({ readPath: fromProcess, writePath: path, maxLineBytes });
    return { path, channel };
  }

  #register(token: string, listener: LaunchListener): Promise<ExitStatus> {
    return new Promise((resolve) => {
      const finish = (status: ExitStatus): void => {
        this.#entries.delete(token);
        resolve(status);
      };
      this.#entries.set(token, { listener, finish });
    });
  }

  async #kill(token: string, exited: Promise<ExitStatus>): Promise<void> {
    if (!this.#entries.has(token)) return;
    try {
      await this.#running?.peer.request("kill", { token });
    } catch {
      // The launcher died: its processes are dealt with where that is noticed.
    }
    await exited;
  }

  async #usage(token: string): Promise<ProcessUsage | undefined> {
    if (!this.#entries.has(token)) return undefined;
    try {
      return (await this.#running?.peer.request("usage", { token }, { timeoutMs: USAGE_TIMEOUT_MS }))?.usage;
    } catch {
      // The launcher died, and its processes with it, or is too busy to look: there is nothing to tell.
      return undefined;
    }
  }

  #ensureRunning(): Running {
    if (this.#closed) throw new TauError("host-closed", "The host is closed.", { executed: "no" });
    this.#running ??= this.#start();
    return this.#running;
  }

  #start(): Running {
    const name = randomBytes(9).toString("hex");
    const { child, socket, exited } = spawnLauncher(this.#spawn, name);
    const peer: Peer<LauncherRequests, LauncherNotices> = createPeer(
      createStreamChannel({ readable: socket, writable: socket }),
      {
        notifications: {
          output: (params) => this.#onOutput(params as unknown as OutputParams),
          exceeded: (params) => this.#onExceeded(params as unknown as ExceededParams),
          exit: (params) => this.#onExit(params as unknown as ExitParams),
        },
        onClose: () => this.#onLauncherEnd(name, exited),
        createCloseError: () =>
          new TauError(
            "launcher-failed",
            "The process that starts extensions ended. The next start brings up a new one.",
            {
              executed: "maybe",
              retryable: true,
            },
          ),
      },
    );
    return { name, peer, child, exited, next: undefined };
  }

  #onOutput(output: OutputParams): void {
    this.#entries.get(output.token)?.listener.output(output);
  }

  #onExceeded({ token, ...excess }: ExceededParams): void {
    this.#entries.get(token)?.listener.exceeded?.(excess);
  }

  #onExit({ token, ...status }: ExitParams): void {
    this.#entries.get(token)?.finish(status);
  }

  /** Nobody drains or watches these processes any more, so they end, with whatever else this launcher started. */
  #onLauncherEnd(name: string, exited: Promise<void>): void {
    if (this.#running?.name === name) this.#running = undefined;
    const entries = [...this.#entries].filter(([token]) => token.startsWith(`${name}.`));
    const cleanup = exited
      .then(() => killLaunchedBy([name]))
      .then((left) => {
        const status = { exitCode: null, signal: "SIGKILL", ...(left.length === 0 ? {} : { left }) };
        for (const [, entry] of entries) entry.finish(status);
        this.#cleanups.delete(cleanup);
      });
    this.#cleanups.add(cleanup);
  }
}
