// Round trip of a decision: every gate is asked, and all have let the call pass.
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { extensionGates, insideGates, processGates } from "../lib/gates.mjs";
import { median } from "../lib/stats.mjs";

const THINKING_MS = 2;
const CALL = {
  callId: "call-1",
  tool: "bash",
  input: { command: "git status --short" },
  caller: /** @type {const} */ ("model"),
};
/** Turns until V8 has optimised what it will. A process of its own for each decision never gets there. */
const WARMUP = 100;

/** @typedef {{ contestant: string, cacheDir: string, decisions: number, processes: number }} Options */

/** @param {string} kind @param {number} count @param {Options} options */
function open(kind, count, { cacheDir }) {
  if (kind === "Shell") return processGates({ command: ["sh", childPath("gate.sh")], count });
  if (kind === "Node") return processGates({ command: [process.execPath, childPath("gate.mjs")], count });
  if (kind === "Inside") return insideGates(count);
  return extensionGates({ cacheDir, count, thinkingMs: kind === "Thinking" ? THINKING_MS : 0 });
}

await drive(async (/** @type {Options} */ options) => {
  const count = options.contestant.startsWith("ten") ? 10 : 1;
  const kind = options.contestant.slice(3);
  const processes = kind === "Shell" || kind === "Node";
  const gates = await open(kind, count, options);
  const times = [];
  for (let i = processes ? -2 : -WARMUP; i < (processes ? options.processes : options.decisions); i++) {
    const start = performance.now();
    const action = await gates.decide(CALL);
    const ms = performance.now() - start;
    if (action !== "continue") throw new Error(`Expected the gates to let the call pass, got ${action}.`);
    if (i >= 0) times.push(ms);
  }
  await gates.close();
  return { p50: median(times) };
});
