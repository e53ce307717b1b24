// Two C programs and two pipes, both sides blocking: what the kernel alone takes. Neither side can do anything else meanwhile.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { childPath } from "../lib/fd3-child.mjs";

/** @param {{ cacheDir: string, bytes: number, warmup: number, calls: number }} options */
export function measure({ cacheDir, bytes, warmup, calls }) {
  const program = join(cacheDir, "pipe-floor");
  execFileSync("cc", ["-O2", "-o", program, childPath("pipe-floor.c")]);
  return JSON.parse(execFileSync(program, [bytes, warmup, calls].map(String), { encoding: "utf8" }));
}
