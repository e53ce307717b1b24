// tau with an extension in Rust, one file: the same host, the same checks.
import { createHost } from "tau-host";
import { childPath } from "../lib/fd3-child.mjs";

/** Of a first build, with all crates. */
const BUILD_TIMEOUT_MS = 600_000;

/** @param {{ cacheDir: string }} options */
export function openRustHost({ cacheDir }) {
  return createHost({ cwd: childPath("."), cacheDir, startTimeoutMs: BUILD_TIMEOUT_MS });
}

/** @param {{ cacheDir: string }} options */
export async function open(options) {
  const host = await openRustHost(options);
  const extension = await host.load(childPath("echo.rs"));
  return {
    pid: extension.pid,
    echo: async (/** @type {string} */ text) =>
      (await host.call("echo", { text }, { timeoutMs: 60_000 })).content[0].text,
    close: () => host.close(),
  };
}
