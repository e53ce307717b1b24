// tau with the extension as a guest: QuickJS in WebAssembly.
import { connectTau } from "./tau.mjs";

/** @param {{ cacheDir: string }} options */
export const open = (options) => connectTau(options, { isolation: "wasm" });
