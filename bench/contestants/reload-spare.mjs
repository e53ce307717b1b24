// A process that waits is given the transformed file. Nothing that loads new code into another process can be faster.
import { readFileSync } from "node:fs";
import { transformSync } from "oxc-transform";
import { loadInto } from "../lib/bare-reload.mjs";

/** @param {import("./index.mjs").ReloadOptions} options */
export const open = (options) => loadInto("spare", options, async () => transform(options.entry));

/** @param {string} path */
export const transform = (path) => transformSync(path, readFileSync(path, "utf8"), { sourcemap: true }).code;
