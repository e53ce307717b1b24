// tau with an extension in Python: the same host, the same checks.
import { childPath } from "../lib/fd3-child.mjs";
import { openHost } from "./tau.mjs";

/** @param {{ cacheDir: string }} options */
export async function open(options) {
  const host = await openHost(options);
  const extension = await host.load(childPath("echo.py"));
  return {
    pid: extension.pid,
    echo: async (/** @type {string} */ text) =>
      (await host.call("echo", { text }, { timeoutMs: 60_000 })).content[0].text,
    close: () => host.close(),
  };
}
