import { createRequire } from "node:module";

/** The runner belongs to the SDK, so that author's API and runner always match. The host only starts it. */
export function runnerPath(): string {
  return createRequire(import.meta.url).resolve("tau-ext/runner");
}
