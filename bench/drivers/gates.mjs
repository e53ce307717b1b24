// Round trip of a decision: every gate is asked, and all have let the call pass.
import { openHost } from "../contestants/tau.mjs";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { median } from "../lib/stats.mjs";

const COUNTS = { one: 1, ten: 10, oneThinking: 1, tenThinking: 10 };
const THINKING_MS = 2;

await drive(async (/** @type {{ contestant: keyof typeof COUNTS, cacheDir: string, decisions: number }} */ options) => {
  const host = await openHost(options);
  const config = { thinkingMs: options.contestant.endsWith("Thinking") ? THINKING_MS : 0 };
  await Promise.all(
    Array.from({ length: COUNTS[options.contestant] }, () => host.load(childPath("gate.ts"), { config })),
  );
  const call = { callId: "call-1", tool: "bash", input: { command: "git status --short" }, caller: "model" };
  const times = [];
  for (let i = -100; i < options.decisions; i++) {
    const start = performance.now();
    const { action } = await host.decide("tool_call", call);
    const ms = performance.now() - start;
    if (action !== "continue") throw new Error(`Expected the gates to let the call pass, got ${action}.`);
    if (i >= 0) times.push(ms);
  }
  await host.close();
  return { p50: median(times) };
});
