// Time from asking for a process until its host offers the tools of all its extensions, none of which is started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { COUNTS, writeSources } from "../lib/many-sources.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: keyof typeof COUNTS, cacheDir: string, starts: number }} Options */

await drive(async (/** @type {Options} */ { contestant, cacheDir, starts }) => {
  const sources = writeSources(join(cacheDir, "sources"), COUNTS[contestant]);
  const times = [];
  for (let i = -2; i < starts; i++) {
    const start = performance.now();
    const child = spawn(process.execPath, [childPath("start-host.mjs"), join(cacheDir, "cache"), ...sources], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    await once(child.stdout, "data");
    const ms = performance.now() - start;
    const [code] = await exited;
    if (code !== 0) throw new Error(`The host ended with ${code}.`);
    if (i >= 0) times.push(ms); // the first builds everything, the second offers what the first has kept
  }
  return { ms: median(times) };
});
