// tau as an embedder uses it: a host, a TypeScript extension, and calls whose arguments the host validates.
import { createHost } from "tau-host";
import { childPath } from "../lib/fd3-child.mjs";

const DEADLINE_MS = 60_000;

/** The extension that every tau contestant loads. */
export const extensionPath = childPath("echo.ts");

/** @param {{ cacheDir: string, maxLineBytes?: number }} options */
export function openHost({ cacheDir, maxLineBytes }) {
  const limits = maxLineBytes === undefined ? {} : { maxLineBytes };
  return createHost({ cwd: childPath("."), cacheDir, ...limits });
}

/** @param {{ cacheDir: string, maxLineBytes?: number }} options */
export const open = (options) => connectTau(options, {});

/**
 * @param {{ cacheDir: string, maxLineBytes?: number }} options
 * @param {import("tau-host").LoadOptions} loadOptions
 */
export async function connectTau(options, loadOptions) {
  const host = await openHost(options);
  const extension = await host.load(extensionPath, loadOptions);

  const call = async (/** @type {string} */ name, /** @type {Record<string, unknown>} */ input) => {
    const result = await host.call(name, input, { timeoutMs: DEADLINE_MS });
    if (result.isError) throw new Error(`tau's ${name} failed: ${result.content[0]?.text}`);
    return result.content[0].text;
  };

  return {
    pid: extension.pid ?? host.extensions()[0]?.pid,
    echo: (/** @type {string} */ text) => call("echo", { text }),
    produce: (/** @type {number} */ bytes) => call("produce", { bytes }),
    close: () => host.close(),
  };
}
