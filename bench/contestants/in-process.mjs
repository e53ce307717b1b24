// An async function in the same process: what a call costs that leaves it not at all.
import { textOf } from "../lib/text.mjs";

export function open() {
  return {
    pid: process.pid,
    echo: async (/** @type {string} */ text) => text,
    produce: async (/** @type {number} */ bytes) => textOf(bytes),
    close: async () => {},
  };
}
