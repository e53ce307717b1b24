// tau with a component made of Rust: the same host, the same checks.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildComponent } from "tau-host";
import { openHost } from "./tau.mjs";

/** The component of the host's tests, one of whose tools gives its text back. */
const SOURCE = fileURLToPath(new URL("../../packages/host/test/fixtures/component", import.meta.url));

/** Not the bench's own cache, which is empty each time: the tools for components come from the network, once, by `tau ext build`. */
export const componentCache = join(homedir(), ".tau/cache");

/** @param {{ cacheDir: string }} options */
export async function makeComponent({ cacheDir }) {
  return buildComponent({ source: SOURCE, out: join(cacheDir, "component.wasm") });
}

/** @param {{ cacheDir: string }} options */
export async function open(options) {
  const host = await openHost({ cacheDir: componentCache });
  const { pid } = await host.load(await makeComponent(options));
  return {
    pid,
    echo: async (/** @type {string} */ text) =>
      (await host.call("echo", { text }, { timeoutMs: 60_000 })).content[0].text,
    close: () => host.close(),
  };
}
