import { onSave } from "../lib/bare-reload.mjs";
// pi's own loader, in process, as its /reload calls it: jiti without a module cache. What pi does around it (ending the old
// extensions, starting the session anew) is left out.
import { discoverAndLoadExtensions } from "../pi/node_modules/@mariozechner/pi-coding-agent/dist/index.js";

/** @param {import("./index.mjs").ReloadOptions} options */
export function open(options) {
  return onSave(options, async () => {
    const { extensions, errors } = await discoverAndLoadExtensions(
      [options.entry],
      options.directory,
      options.cacheDir,
    );
    if (errors.length > 0) throw new Error(`pi could not load ${errors[0].path}: ${errors[0].error}`);
    const { definition } = /** @type {any} */ (extensions[0].tools.get("version"));
    return { version: async () => (await definition.execute()).content[0].text, close: async () => undefined };
  });
}
