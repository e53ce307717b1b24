// A process is started for each version.
import { loadInto } from "../lib/bare-reload.mjs";
import { transform } from "./reload-spare.mjs";

/** @param {import("./index.mjs").ReloadOptions} options */
export const open = (options) => loadInto("fresh", options, async () => transform(options.entry));
