import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { closeSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Census } from "./census.ts";
import type { PipeEnds } from "./channel-pipes.ts";
import { killTree } from "./kill-tree.ts";
import type { LimitMarks } from "./limit-mark.ts";
import type { LimitWatcher } from "./limit-watcher.ts";
import type { Excess, ProcessUsage } from "./limits.ts";
import type { ChannelKind, ExceededParams, ExitParams, LaunchParams, OutputParams } from "./messages.ts";
import { MARK_VARIABLE } from "./messages.ts";
import { OutputDrain } from "./output-drain.ts";
import { preferAsVictim } from "./priority.ts";
import { carriesToken, ProcessTree } from "./process-tree.ts";

/** What all processes of one launcher share. */
export interface Supervision {
  census: Census;
  marks: LimitMarks;
  watcher: LimitWatcher;
  /** Whether the host is gone, and nothing may be started any more. */
  isClosing: () => boolean;
}

type Stdio = Exclude<StdioOptions, string>;

export interface LaunchedProcessOptions {
  params: LaunchParams;
  supervision: Supervision;
  /** Connected to the host. Handed to the process and closed here. */
  channel: Socket | PipeEnds;
  onOutput(output: OutputParams): void;
  /** Once at most, before the exit. */
  onExceeded(exceeded: ExceededParams): void;
  /** Once, for a process that started. */
  onExit(exit: ExitParams): void;
}

/** How long output may follow the end of the process that wrote it, when a descendant keeps the pipe open. */
const OUTPUT_GRACE_MS = 200;

/** One process of the launcher's, from spawn until nothing of it is left. */
export class LaunchedProcess {
  readonly #options: LaunchedProcessOptions;
  readonly #drains: OutputDrain[] = [];
  #tree: ProcessTree | undefined;
  #killing: Promise<number[]> | undefined;
  #gone: Promise<void> = Promise.resolve();

  constructor(options: LaunchedProcessOptions) {
    this.#options = options;
  }

  /** Rejects with the operating system's error (ENOENT, EACCES …) when there is nothing to run. */
  async start(): Promise<number> {
    const { channel, supervision } = this.#options;
    try {
      return await supervision.marks.use((mark) => this.#spawn(mark));
    } finally {
      // The child has its copy.
      closeChannel(channel);
    }
  }

  /** Resolves when the process and its descendants are gone. */
  async kill(): Promise<void> {
    await this.#killTree();
    await this.#gone;
  }

  usage(): ProcessUsage | undefined {
    return this.#tree === undefined ? undefined : this.#options.supervision.watcher.usageOf(this.#tree);
  }

  /** @param limitMark what the process inherits, and nobody else does */
  #spawn(limitMark: bigint | undefined): Promise<number> {
    const { params, channel, supervision } = this.#options;
    if (supervision.isClosing()) throw new Error("The host is gone.");
    const filterFd = params.filter === undefined ? undefined : openFilter(params.token, params.filter);
    const child = spawn(params.command, params.args, {
      cwd: params.cwd,
      env: { ...params.env, [MARK_VARIABLE]: params.token },
      stdio: [...stdioFor(params.channel, channel), ...(filterFd === undefined ? [] : [filterFd])],
      // A group and session of its own, so that it can be killed with its children and no terminal signal reaches it.
      detached: true,
    });
    if (filterFd !== undefined) closeSync(filterFd);
    this.#drain("stdout", child.stdout);
    this.#drain("stderr", child.stderr);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      if (child.pid === undefined) return;
      const unwatch = this.#supervise(child.pid, limitMark);
      this.#gone = new Promise((gone) => {
        child.once("exit", (exitCode, signal) => void this.#finish({ exitCode, signal }).then(unwatch).then(gone));
      });
      resolve(child.pid);
    });
  }

  /** @returns ends it, when nothing of the process is left */
  #supervise(rootPid: number, limitMark: bigint | undefined): () => void {
    const { params, supervision } = this.#options;
    const { census, marks, watcher } = supervision;
    preferAsVictim(rootPid);
    const tree = new ProcessTree({
      rootPid,
      carries: (found) =>
        (limitMark !== undefined && found.realtimeLimit === limitMark && marks.isExact(limitMark)) ||
        carriesToken(params.token, found),
    });
    this.#tree = tree;
    census.add(tree);
    const onExcess = (excess: Excess): void => {
      this.#options.onExceeded({ token: params.token, ...excess });
      void this.#killTree();
    };
    const unwatch = watcher.watch({ tree, limits: params.limits ?? {}, onExcess });
    return () => {
      unwatch();
      census.delete(tree);
    };
  }

  /** Whoever asks while it is under way waits for the same end. */
  async #killTree(): Promise<number[]> {
    const { census } = this.#options.supervision;
    if (this.#tree === undefined) return [];
    this.#killing ??= killTree(census, this.#tree).finally(() => {
      this.#killing = undefined;
    });
    return this.#killing;
  }

  #drain(stream: OutputParams["stream"], readable: ChildProcess["stdout"]): void {
    if (readable === null) return;
    const { token } = this.#options.params;
    const onText = (text: string, droppedBytes: number): void =>
      this.#options.onOutput({ token, stream, text, droppedBytes });
    this.#drains.push(new OutputDrain({ stream: readable, onText }));
  }

  async #finish(status: Pick<ExitParams, "exitCode" | "signal">): Promise<void> {
    const { token } = this.#options.params;
    const left = await this.#killTree();
    await Promise.race([
      Promise.all(this.#drains.map((drain) => drain.ended)),
      new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS)),
    ]);
    for (const drain of this.#drains) drain.flush();
    this.#options.onExit({ token, ...status, ...(left.length === 0 ? {} : { left }) });
  }
}

/** A descriptor that reads the filter, and a file that has no name any more. */
function openFilter(token: string, filter: string): number {
  const path = join(tmpdir(), `tau-filter-${token}`);
  writeFileSync(path, Buffer.from(filter, "base64"), { flag: "wx", mode: 0o600 });
  try {
    return openSync(path, "r");
  } finally {
    unlinkSync(path);
  }
}

/** Nothing was read here: the socket was accepted paused. */
function closeChannel(channel: Socket | PipeEnds): void {
  if (!isPipes(channel)) return void channel.destroy();
  closeSync(channel.read);
  closeSync(channel.write);
}

function stdioFor(kind: ChannelKind, channel: Socket | PipeEnds): Stdio {
  const [read, write] = isPipes(channel) ? [channel.read, channel.write] : [channel, channel];
  return kind === "fd3+4" ? ["ignore", "pipe", "pipe", read, write] : [read, write, "pipe"];
}

function isPipes(channel: Socket | PipeEnds): channel is PipeEnds {
  return "write" in channel && typeof channel.write === "number";
}
