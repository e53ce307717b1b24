// How long an extension is missed after a crash, how soon a blocked one is noticed, and how long a killed host's processes live.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "tau-host";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { descendants } from "../lib/proc.mjs";

/** @typedef {{ contestant: string, cacheDir: string }} Options */

/** @type {Record<string, (options: Options) => Promise<number>>} */
const measurements = {
  crash: (options) =>
    withExtension(options, async (host) => {
      const start = performance.now();
      await host.call("crash").catch(() => undefined);
      await host.call("answer");
      return performance.now() - start;
    }),

  block: (options) =>
    withExtension(options, async (host) => {
      const noticed = new Promise((resolve) =>
        host.on("extension", ({ error }) => error && resolve(performance.now())),
      );
      const start = performance.now();
      host.call("block").catch(() => undefined);
      return (await noticed) - start;
    }),

  "host-kill": async ({ cacheDir }) => {
    const fresh = mkdtempSync(join(cacheDir, "killed-")); // nothing is built yet
    const child = spawn(process.execPath, [childPath("dying-host.mjs"), fresh], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const left = descendants(child.pid ?? 0); // extension, launcher and builder
    if (left.length < 2)
      throw new Error(`Expected a launcher and an extension under the host, got ${left.length} processes.`);
    const start = performance.now();
    child.kill("SIGKILL");
    while (left.some(isAlive)) await new Promise((resolve) => setImmediate(resolve));
    return performance.now() - start;
  },
};

/** @param {Options} options @param {(host: import("tau-host").Host) => Promise<number>} measure */
async function withExtension({ cacheDir }, measure) {
  const host = await createHost({ cwd: childPath("."), cacheDir });
  await host.load(childPath("fails.ts"));
  await host.call("answer");
  const ms = await measure(host);
  await host.close();
  return ms;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}

await drive(async (/** @type {Options} */ options) => ({ ms: await measurements[options.contestant](options) }));
