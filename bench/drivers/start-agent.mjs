// Time from asking for a process until the agent has answered what its tools are.
import { join } from "node:path";
import { drive } from "../lib/drive.mjs";
import { COUNTS, writeSources } from "../lib/many-sources.mjs";
import { startAgent } from "../lib/rpc-agent.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: keyof typeof COUNTS, cacheDir: string, starts: number }} Options */

await drive(async (/** @type {Options} */ { contestant, cacheDir, starts }) => {
  const home = join(cacheDir, `agent-${contestant}`);
  writeSources(join(home, "extensions"), COUNTS[contestant]);
  const times = [];
  for (let i = -2; i < starts; i++) {
    const start = performance.now();
    const { tools, end } = await startAgent(home);
    const ms = performance.now() - start;
    await end();
    const own = tools.filter((name) => name.startsWith("tool_")).length;
    if (own !== COUNTS[contestant]) throw new Error(`Expected ${COUNTS[contestant]} tools of extensions, got ${own}.`);
    if (i >= 0) times.push(ms); // the first builds everything, the second offers what the first has kept
  }
  return { ms: median(times) };
});
