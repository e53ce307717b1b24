// Memory of a host with so many idle extensions, by whom it is held. The agent has the tools of its own, put off until they are needed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { COUNTS, writeSources } from "../lib/many-sources.mjs";
import { descendants, memoryMb } from "../lib/proc.mjs";
import { startAgent } from "../lib/rpc-agent.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: keyof typeof COUNTS | "agent", cacheDir: string, settleMs: number }} Options */

/** A process, and those of its children that are extensions. @param {Options} options */
async function open({ contestant, cacheDir }) {
  if (contestant === "agent") {
    const home = join(cacheDir, "memory-agent");
    mkdirSync(home, { recursive: true });
    const { pid, end } = await startAgent(home);
    return { pid, extensions: [], end };
  }
  const sources = writeSources(join(cacheDir, "many"), COUNTS[contestant]);
  const host = spawn(process.execPath, [childPath("idle-host.mjs"), join(cacheDir, "memory"), ...sources], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(host.stdout, "data");
  const end = async () => {
    host.stdin.end();
    await once(host, "exit");
  };
  return { pid: host.pid ?? 0, extensions: JSON.parse(String(line)), end };
}

const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);

await drive(async (/** @type {Options} */ options) => {
  await (await open(options)).end(); // builds what is not built yet, so that no builder is there in what follows
  const { pid, extensions, end } = await open(options);
  await sleep(options.settleMs);
  const others = descendants(pid).filter((child) => !extensions.includes(child));
  const host = memoryMb(pid);
  const each = extensions.map(memoryMb);
  const rest = others.map(memoryMb);
  await end();
  return {
    ...(each.length === 0
      ? {}
      : {
          each: median(each.map((memory) => memory.private)),
          shared: median(each.map((memory) => memory.resident - memory.private)),
        }),
    host: host.private,
    rest: sum(rest.map((memory) => memory.private)),
    all: sum([host, ...each, ...rest].map((memory) => memory.proportional)),
  };
});
