/**
 * What the host starts for an extension built from source: `node runner.cjs <bundle> <name> <version>`. Kept small: every
 * extension pays for it in start time and memory.
 */
import { pathToFileURL } from "node:url";
import { TauError } from "tau-protocol";
import type { Setup } from "./api.ts";
import { openHostChannel } from "./channel.ts";
import { startSession } from "./session.ts";
import { installSourceMaps } from "./source-maps.ts";

const [, , bundle = "", name = "extension", version = "0.0.0"] = process.argv;

installSourceMaps(bundle, __filename);
process.on("uncaughtException", (error: unknown) => {
  // One write, so that it is out before the process is: stderr is a pipe, which Node writes synchronously.
  process.stderr.write(`Uncaught ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

startSession({
  channel: openHostChannel(process.env),
  loadSetup: () => loadBundle(bundle),
  name,
  version,
  onEnd: () => process.exit(),
});

async function loadBundle(file: string): Promise<Setup> {
  // `require` starts faster; only a bundle with a top-level await is an ES module.
  const module: unknown = file.endsWith(".cjs") ? require(file) : await import(pathToFileURL(file).href);
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
