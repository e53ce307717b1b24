/**
 * What the host starts for an extension built from source: `node runner.cjs <bundle> <name> <version>`. Without arguments it is
 * a spare: it waits for `runner/load`, which says the same and comes just before `hello`. Kept small: every extension pays
 * for it in start time and memory.
 */
import { TauError } from "tau-protocol";
import { loadSetup, readArguments, readLoad, takeOn } from "./assignment.ts";
import { openHostChannel } from "./channel.ts";
import { rehearse } from "./rehearsal.ts";
import { startSession } from "./session.ts";
import { installSourceMaps } from "./source-maps.ts";

let assignment = readArguments(process.argv);
/** Why a spare has nothing to run. */
let refusal = new TauError(
  "setup-failed",
  "Expected `runner/load` before `hello`: this process is a spare and has no extension yet.",
  { executed: "no" },
);

if (assignment !== undefined) installSourceMaps(assignment.bundle, __filename);
process.on("uncaughtException", (error: unknown) => {
  // One write, so that it is out before the process is: stderr is a pipe, which Node writes synchronously.
  process.stderr.write(`Uncaught ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

tellAborts();
const channel = openHostChannel(process.env);
startSession({
  channel,
  loadSetup: () => {
    if (assignment === undefined) throw refusal;
    return loadSetup(assignment);
  },
  get name() {
    return assignment?.name ?? "spare";
  },
  get version() {
    return assignment?.version ?? "0.0.0";
  },
  ...(assignment === undefined ? { notifications: { "runner/load": load, "runner/rehearse": prepare } } : {}),
  onEnd: () => process.exit(),
});

/** Node tells places in the bundle there, and none of the author's. */
function tellAborts(): void {
  const abort = process.abort.bind(process);
  process.abort = () => {
    process.stderr.write(`${new Error("process.abort() was called").stack}\n`);
    return abort();
  };
}

/** Once: whoever serves one extension never serves another. */
function load(params: Record<string, unknown>): void {
  if (assignment !== undefined) {
    warn(`Expected one \`runner/load\`, got a second one: ignored. This process stays with ${assignment.name}.`);
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

/** Sent by the host to a spare with time on its hands. To be sent at all, so that the way in is compiled too. */
function prepare(): void {
  setImmediate(() => {
    if (assignment === undefined) void rehearseAll();
  });
}

/** What fails here fails again, and is told, when it is in earnest. */
async function rehearseAll(): Promise<void> {
  await rehearse().catch(() => undefined);
  // Nothing lies there: the way to a file is gone along, and no module is left behind. The same for ES modules.
  for (const end of [".none.cjs", ".none.mjs"]) {
    await loadSetup({ bundle: `${__filename}${end}`, name: "rehearsal", version: "0.0.0" }).catch(() => undefined);
  }
}

function warn(message: string): void {
  channel.send({ jsonrpc: "2.0", method: "log", params: { level: "warn", message } });
}
