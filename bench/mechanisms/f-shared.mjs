// F: the extension is imported into the host's own event loop, as agents do whose extensions are modules.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "oxc-transform";

/** @param {{ cacheDir: string, source: URL }} options */
export async function open({ cacheDir, source }) {
  const directory = mkdtempSync(join(cacheDir, "f-"));
  const text = readFileSync(new URL("tool.ts", source), "utf8");
  /** @type {Map<string, (input: object) => Promise<any>>} */
  let tools;
  const load = async (/** @type {string} */ version) => {
    const path = join(directory, `${version}.mjs`); // a module is never forgotten, so each version needs a name of its own
    writeFileSync(path, transformSync("tool.ts", text.replace("v0000000", version)).code);
    tools = new Map();
    const { default: setup } = await import(pathToFileURL(path).href);
    setup({ registerTool: (/** @type {any} */ tool) => tools.set(tool.name, tool.execute) });
  };
  const started = performance.now();
  await load("v0000000");
  const buildMs = performance.now() - started;
  const call = async (/** @type {string} */ name, input = {}) => (await tools.get(name)(input)).content[0].text;
  return {
    buildMs,
    echo: (/** @type {string} */ value) => call("echo", { text: value }),
    sleep: (/** @type {number} */ ms) => call("sleep", { ms }),
    get: (/** @type {number} */ port) => call("get", { port }),
    version: () => call("version"),
    leave: () => call("leave"),
    crash: () => call("crash"),
    spin: () => call("spin"),
    load,
    close: async () => undefined,
  };
}
