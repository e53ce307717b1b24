import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Output, Started } from "../../packages/ext/test/processes.ts";

const WORKSPACE = fileURLToPath(new URL("../../rust/", import.meta.url));

/** Why nothing can be tested here, or `undefined`. */
export const missingRust: string | undefined = findMissing();

function findMissing(): string | undefined {
  const { stdout } = spawnSync("cargo", ["--version"], { encoding: "utf8" });
  const [, minor = "0"] = /^cargo 1\.(\d+)/.exec(stdout ?? "") ?? [];
  return Number(minor) >= 85 ? undefined : "Skipped: there is no Cargo 1.85 or newer in PATH (https://rustup.rs).";
}

/** Builds a program of the crate's examples. Answers its path. */
export function buildExample(name: string): string {
  const args = ["build", "--quiet", "--locked", "--example", name];
  const { status, stderr } = spawnSync("cargo", args, { cwd: WORKSPACE, encoding: "utf8" });
  if (status !== 0) throw new Error(`cargo failed:\n${stderr}`);
  return `${process.env["CARGO_TARGET_DIR"] ?? `${WORKSPACE}target`}/debug/examples/${name}`;
}

/** Starts a program on fd 3, or on stdin and stdout. */
export function startProgram(program: string, channel: "fd 3" | "stdio"): Started {
  const child = spawn(program, [], {
    stdio: channel === "stdio" ? "pipe" : ["ignore", "pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], TAU_CHANNEL: channel === "stdio" ? "stdio" : "fd:3" },
  });
  const [readable, writable] =
    channel === "stdio"
      ? [child.stdout as Readable, child.stdin as Writable]
      : [child.stdio[3] as Duplex, child.stdio[3] as Duplex];
  const output: Output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (stream !== null && stream !== readable)
      stream.on("data", (chunk: Buffer) => (output[name] += chunk.toString()));
  }
  writable.on("error", () => {});
  const exited = once(child, "close").then(([code, signal]) => ({ code, signal }) as Awaited<Started["exited"]>);
  return {
    process: child,
    readable,
    writable,
    output,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      readable.resume();
      await exited;
    },
  };
}
