import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";

/** How the channel reaches the extension: descriptor 3, or stdin and stdout (T-1). */
export type Transport = "fd" | "stdio";

export interface SubjectOptions {
  command: readonly string[];
  transport: Transport;
  cwd?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** On top of `env` and of what names the channel. */
  extra?: NodeJS.ProcessEnv;
}

export interface Exit {
  status: number | null;
  signal: NodeJS.Signals | null;
}

/** One running process of the extension under test. */
export interface Subject extends AsyncDisposable {
  readonly readable: Readable;
  readonly writable: Writable;
  /** What it printed where nobody speaks the protocol; the last 64 KiB. */
  readonly printed: () => string;
  /** Once the process is gone and all of its output has been read. */
  readonly exited: Promise<Exit>;
}

const KEPT_BYTES = 64 * 1024;

/** @throws when the program is not there */
export async function startSubject({ command, transport, cwd, env, extra }: SubjectOptions): Promise<Subject> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    stdio: transport === "stdio" ? "pipe" : ["ignore", "pipe", "pipe", "pipe"],
    env: { ...env, TAU_CHANNEL: transport === "stdio" ? "stdio" : "fd:3", ...extra },
  });
  await once(child, "spawn");
  const channel = child.stdio[3] as Duplex | undefined;
  const readable = channel ?? (child.stdout as Readable);
  const writable = channel ?? (child.stdin as Writable);
  // Writing to a process that has ended is part of what is tested: its end shows as such.
  writable.on("error", () => {});
  const exited = once(child, "close").then(([status, signal]) => ({ status, signal }) as Exit);
  return {
    readable,
    writable,
    printed: collect(child, readable),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      readable.resume();
      await exited;
    },
  };
}

function collect(child: ChildProcess, channel: Readable): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null || stream === channel) continue;
    stream.setEncoding("utf8").on("data", (piece: string) => (text = (text + piece).slice(-KEPT_BYTES)));
  }
  return () => text;
}
