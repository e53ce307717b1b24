import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import type { Socket } from "node:net";
import type { ExitParams, LaunchParams, OutputParams } from "./messages.ts";
import { MARK_VARIABLE } from "./messages.ts";
import { OutputDrain } from "./output-drain.ts";
import { killTree, processMark } from "./process-tree.ts";

export interface LaunchedProcessOptions {
  params: LaunchParams;
  /** Connected to the host. Handed to the process and closed here. */
  channel: Socket;
  onOutput(output: OutputParams): void;
  /** Once, for a process that started. */
  onExit(exit: ExitParams): void;
}

/** How long output may follow the end of the process that wrote it, when a descendant keeps the pipe open. */
const OUTPUT_GRACE_MS = 200;

/** One process of the launcher's, from spawn until nothing of it is left. */
export class LaunchedProcess {
  readonly #options: LaunchedProcessOptions;
  readonly #drains: OutputDrain[] = [];
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();

  constructor(options: LaunchedProcessOptions) {
    this.#options = options;
  }

  /** Rejects with the operating system's error (ENOENT, EACCES …) when there is nothing to run. */
  async start(): Promise<number> {
    const { channel } = this.#options;
    try {
      return await this.#spawn();
    } finally {
      // The child has its copy. Nothing was read here: the socket was accepted paused.
      channel.destroy();
    }
  }

  /** Resolves when the process and its descendants are gone. */
  async kill(): Promise<void> {
    await killTree(this.#child?.pid, processMark(this.#options.params.token));
    await this.#gone;
  }

  #spawn(): Promise<number> {
    const { params, channel } = this.#options;
    const child = spawn(params.command, params.args, {
      cwd: params.cwd,
      env: { ...params.env, [MARK_VARIABLE]: params.token },
      stdio: stdioFor(params.channel, channel),
      // A group and session of its own, so that it can be killed with its children and no terminal signal reaches it.
      detached: true,
    });
    this.#child = child;
    this.#drain("stdout", child.stdout);
    this.#drain("stderr", child.stderr);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      if (child.pid === undefined) return;
      this.#gone = new Promise((gone) => child.once("exit", (code, signal) => void this.#finish(code, signal, gone)));
      resolve(child.pid);
    });
  }

  #drain(stream: OutputParams["stream"], readable: ChildProcess["stdout"]): void {
    if (readable === null) return;
    const { token } = this.#options.params;
    const onText = (text: string, droppedBytes: number): void =>
      this.#options.onOutput({ token, stream, text, droppedBytes });
    this.#drains.push(new OutputDrain({ stream: readable, onText }));
  }

  async #finish(exitCode: number | null, signal: string | null, gone: () => void): Promise<void> {
    const { token } = this.#options.params;
    await killTree(this.#child?.pid, processMark(token));
    await Promise.race([
      Promise.all(this.#drains.map((drain) => drain.ended)),
      new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS)),
    ]);
    for (const drain of this.#drains) drain.flush();
    this.#options.onExit({ token, exitCode, signal });
    gone();
  }
}

function stdioFor(kind: LaunchParams["channel"], channel: Socket): StdioOptions {
  return kind === "fd3" ? ["ignore", "pipe", "pipe", channel] : [channel, channel, "pipe"];
}
