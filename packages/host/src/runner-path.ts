import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The runner belongs to the SDK, so that author's API and runner always match. The host only starts it. */
export function runnerPath(): string {
  return createRequire(import.meta.url).resolve("tau-ext/runner");
}

/** Where the runner has its code. */
export function runnerFolder(runner: string): string {
  return join(dirname(runner), "runner");
}
