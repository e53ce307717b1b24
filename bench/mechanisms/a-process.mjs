// A: tau itself. The host validates arguments, keeps deadlines, and starts again what has crashed.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "tau-host";

const LIMIT_MS = 300;

/** @param {{ cacheDir: string, source: URL }} options */
export async function open({ cacheDir, source }) {
  const directory = mkdtempSync(join(cacheDir, "a-"));
  const entry = join(directory, "tool.ts");
  const text = readFileSync(new URL("tool.ts", source), "utf8");
  writeFileSync(entry, text);
  const host = await createHost({ cwd: directory, cacheDir: join(directory, "cache") });
  const started = performance.now();
  const { id } = await host.load(entry);
  const buildMs = performance.now() - started;
  const call = async (/** @type {string} */ name, /** @type {any} */ input = {}, timeoutMs = 60_000) =>
    (await host.call(name, input, { timeoutMs })).content[0].text;
  return {
    buildMs,
    echo: (/** @type {string} */ value) => call("echo", { text: value }),
    sleep: (/** @type {number} */ ms) => call("sleep", { ms }),
    get: (/** @type {number} */ port) => call("get", { port }),
    version: () => call("version"),
    leave: () => call("leave"),
    crash: () => call("crash"),
    spin: () => call("spin", {}, LIMIT_MS),
    load: async (/** @type {string} */ version) => {
      writeFileSync(entry, text.replace("v0000000", version));
      await host.reload(id);
    },
    close: () => host.close(),
  };
}
