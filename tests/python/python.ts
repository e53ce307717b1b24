import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Output, Started } from "../../packages/ext/test/processes.ts";

/** The folder of the Python package. */
export const PACKAGE = fileURLToPath(new URL("../../python/tau_ext/", import.meta.url));
export const SOURCES = `${PACKAGE}src`;

/** Why nothing can be tested here, or `undefined`. */
export const missingPython: string | undefined = findMissing();

function findMissing(): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"], {
    encoding: "utf8",
  });
  if (status === 0 && stdout.trim() === "True") return undefined;
  return "Skipped: there is no python3 of version 3.10 or newer in PATH.";
}

/** Starts a Python program on fd 3, or on stdin and stdout. */
export function startPython(args: readonly string[], channel: "fd 3" | "stdio"): Started {
  const child = spawn("python3", args, {
    stdio: channel === "stdio" ? "pipe" : ["ignore", "pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], PYTHONPATH: SOURCES, TAU_CHANNEL: channel === "stdio" ? "stdio" : "fd:3" },
  });
  if (channel === "stdio") return watch(child, child.stdout as Readable, child.stdin as Writable);
  const socket = child.stdio[3] as Duplex;
  return watch(child, socket, socket);
}

function watch(child: ChildProcess, readable: Readable, writable: Writable): Started {
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
