import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The cache of these tests, so that they neither use nor fill the user's. */
const home = await mkdtemp(join(tmpdir(), "tau-cli-test-"));
afterAll(() => rm(home, { recursive: true, force: true }));

export interface RunOptions {
  stdin?: string;
  /** @default this folder */
  cwd?: string;
  env?: Record<string, string>;
}

export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningTau {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves with the first match in what was written to stderr. */
  untilNoted: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves with the first match in what was written to stdout. */
  untilPrinted: (pattern: RegExp) => Promise<RegExpExecArray>;
  finished: Promise<Finished>;
}

/** Runs the built command as its users do, from this folder. */
export function tau(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return startTau(args, options).finished;
}

export function startTau(args: readonly string[], { stdin = "", cwd = HERE, env = {} }: RunOptions = {}): RunningTau {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, TAU_HOME: home, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (written[stream] += text));
  }
  child.stdin.on("error", () => {}).end(stdin);
  const until = (stream: "stdout" | "stderr") => async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(written[stream]);
      if (match !== null) return match;
      await once(child[stream], "data");
    }
  };
  return {
    child,
    untilNoted: until("stderr"),
    untilPrinted: until("stdout"),
    finished: once(child, "close").then(([exitCode]) => ({ exitCode: exitCode as number | null, ...written })),
  };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
