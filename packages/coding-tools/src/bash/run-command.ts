import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { endTree, MARK, membersOf, type Tree } from "./process-tree.ts";

export interface CommandOptions {
  command: string;
  cwd: string;
  environment: NodeJS.ProcessEnv;
  timeoutMs: number;
  signal: AbortSignal;
  /** Both of its streams, in the order in which they were written. */
  onOutput: (chunk: Buffer) => void;
}

export interface CommandOutcome {
  ended: "exit" | "timeout" | "cancelled";
  exitCode: number | null;
  endSignal: NodeJS.Signals | null;
  durationMs: number;
  /** Processes that go on, with the command's output open: what it started with `&`. */
  background: number[];
  /** Settles when the last of them has closed the output. */
  closed: Promise<void>;
}

/** How long a command has between being asked to end and being killed, in milliseconds. */
const STOP_GRACE_MS = 1000;

/** How long the last output may take to arrive once the shell is gone, in milliseconds. */
const DRAIN_MS = 150;

/** The same where nothing of the command lives any more, in milliseconds. */
const LATE_DRAIN_MS = 2000;

/** One pipe for both streams, so that their order is kept, without a line of ours in the command: its line numbers are right. */
const JOIN_STREAMS = 'exec "$0" -c "$1" 2>&1';

/** Runs a shell command to its end, or ends it with everything it started. */
export async function runCommand(options: CommandOptions): Promise<CommandOutcome> {
  const started = performance.now();
  const mark = randomUUID();
  const child = start(options, mark);
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const closed = once(child, "close").then(() => undefined);
  // A start that fails is told by `exited`, and then there is nothing to wait for.
  closed.catch(() => undefined);
  const deadline = waitFor(options);
  try {
    const tree: Tree = { leader: await leaderOf(child, exited), mark };
    const first = await Promise.race([exited.then(() => "exit" as const), deadline.ended]);
    if (first !== "exit") await endTree(tree, STOP_GRACE_MS);
    const [exitCode, endSignal] = await exited;
    const background = await settle(tree, closed);
    return { ended: first, exitCode, endSignal, durationMs: performance.now() - started, background, closed };
  } finally {
    deadline.forget();
  }
}

/** Never a number of ours in the place of one that is missing: to signals, 0 and -1 mean many processes. */
async function leaderOf({ pid }: ChildProcess, exited: Promise<unknown>): Promise<number> {
  if (pid !== undefined) return pid;
  // Rejects with the reason why it did not start.
  await exited;
  throw new Error("Expected a shell with a process id, got one without.");
}

/** Waits for the last output, and tells who keeps it open. */
async function settle(tree: Tree, closed: Promise<void>): Promise<number[]> {
  const isClosed = closed.then(() => true);
  if (await Promise.race([isClosed, pause(DRAIN_MS, false)])) return [];
  const background = await membersOf(tree);
  // Nobody of ours has it open: what is left is on its way, on a machine that is out of breath.
  if (background.length === 0) await Promise.race([isClosed, pause(LATE_DRAIN_MS)]);
  return background;
}

function start({ command, cwd, environment, onOutput }: CommandOptions, mark: string): ChildProcess {
  const shell = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
  const child = spawn(shell, ["-c", JOIN_STREAMS, shell, command], {
    cwd,
    env: { ...environment, [MARK]: mark },
    // A session and a group of its own, to be ended as one.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", onOutput);
  // Only what the first shell itself has to say.
  child.stderr.on("data", onOutput);
  return child;
}

function waitFor({ timeoutMs, signal }: CommandOptions): {
  ended: Promise<"timeout" | "cancelled">;
  forget: () => void;
} {
  const { promise, resolve } = withResolvers<"timeout" | "cancelled">();
  const onAbort = (): void => resolve("cancelled");
  const timer = setTimeout(() => resolve("timeout"), timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    ended: promise,
    forget: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

/** Node 20 has no `Promise.withResolvers`. */
function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
