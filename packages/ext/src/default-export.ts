import { TauError } from "tau-protocol";
import type { Setup } from "./api.ts";

/** @throws TauError `setup-failed` for a module without a default export `setup(api)` */
export function setupOf(module: unknown, name: string): Setup {
  const setup = (module as { default?: unknown } | undefined)?.default ?? module;
  // CommonJS sources set module.exports; their namespace holds that as `default`.
  const inner = (setup as { default?: unknown } | undefined)?.default;
  const found = typeof setup === "function" ? setup : inner;
  if (typeof found === "function") return found as Setup;
  throw new TauError(
    "setup-failed",
    `Expected ${name} to have a default export \`setup(api)\`, got ${found === undefined ? "none" : typeof found}. ` +
      "Write `export default function setup(api) { … }`.",
    { executed: "no" },
  );
}
