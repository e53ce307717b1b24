// The new code is imported into this process once more, as agents with extensions in process do.
import { createJiti } from "jiti";
import { onSave } from "../lib/bare-reload.mjs";

/** @param {import("./index.mjs").ReloadOptions} options */
export function open(options) {
  const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false });
  return onSave(options, async () => {
    const setup = /** @type {(api: object) => void} */ (await jiti.import(options.entry, { default: true }));
    /** @type {any} */
    let tool;
    setup({ registerTool: (/** @type {object} */ given) => (tool = given) });
    return { version: async () => (await tool.execute()).content[0].text, close: async () => undefined };
  });
}
