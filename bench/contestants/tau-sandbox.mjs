// tau with the extension in a sandbox of the operating system.
import { connectTau } from "./tau.mjs";

/** @param {{ cacheDir: string }} options */
export const open = (options) => connectTau(options, { isolation: "sandbox" });
