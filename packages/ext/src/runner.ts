/**
 * What the host starts for an extension built from source: `node runner.cjs <bundle> <name> <version>`. Without arguments it is
 * a spare: it waits for `runner/load`, which says the same and comes just before `hello`. Kept small: every extension pays
 * for it in start time and memory.
 */
import { pathToFileURL } from "node:url";
import { TauError } from "tau-protocol";
import type { Setup } from "./api.ts";
import { type Assignment, readArguments, readLoad, takeOn } from "./assignment.ts";
import { openHostChannel } from "./channel.ts";
import { startSession } from "./session.ts";
import { installSourceMaps } from "./source-maps.ts";

let assignment = readArguments(process.argv);
const isSpare = assignment === undefined;
/** Why a spare has nothing to run. */
let refusal = new TauError(
  "setup-failed",
  "Expected `runner/load` before `hello`: this is a spare, which runs nothing yet.",
  {
    executed: "no",
  },
);

if (assignment !== undefined) installSourceMaps(assignment.bundle, __filename);
process.on("uncaughtException", (error: unknown) => {
  // One write, so that it is out before the process is: stderr is a pipe, which Node writes synchronously.
  process.stderr.write(`Uncaught ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

const channel = openHostChannel(process.env);
startSession({
  channel,
  loadSetup: () => {
    if (assignment === undefined) throw refusal;
    return loadBundle(assignment);
  },
  get name() {
    return assignment?.name ?? "spare";
  },
  get version() {
    return assignment?.version ?? "0.0.0";
  },
  ...(isSpare ? { notifications: { "runner/load": load } } : {}),
  onEnd: () => process.exit(),
});

/** Once: whoever serves one extension never serves another. */
function load(params: Record<string, unknown>): void {
  if (assignment !== undefined) {
    warn(`Expected one \`runner/load\`, got a second one. This process stays with ${assignment.name}.`);
    return;
  }
  try {
    const told = readLoad(params);
    takeOn(told);
    installSourceMaps(told.bundle, __filename);
    assignment = told;
  } catch (error) {
    refusal = error as TauError;
  }
}

function warn(message: string): void {
  channel.send({ jsonrpc: "2.0", method: "log", params: { level: "warn", message } });
}

async function loadBundle({ bundle, name }: Assignment): Promise<Setup> {
  // `require` starts faster; only a bundle with a top-level await is an ES module.
  const module: unknown = bundle.endsWith(".cjs") ? require(bundle) : await import(pathToFileURL(bundle).href);
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
