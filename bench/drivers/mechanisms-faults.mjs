// What becomes of the host when the extension crashes, never ends, or leaves something behind. The host is a process to throw away.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";

/** A host that says nothing for so long is blocked for good: no beat will come. */
const BLOCKED_MS = 3000;
const FAULTS = ["crash", "spin", "leave"];

/** @typedef {{ contestant: string, cacheDir: string }} Options */

/** @param {Options} options @param {string} fault @returns {Promise<Record<string, number>>} */
function suffer({ contestant, cacheDir }, fault) {
  return new Promise((resolve) => {
    const host = spawn(process.execPath, [childPath("faulty-host.mjs"), contestant, cacheDir, fault], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    /** @type {{ blockedMs: number, again?: number, left?: number, done?: boolean, began?: number }} */
    const seen = { blockedMs: 0 };
    let last = performance.now();
    const silence = setInterval(() => {
      if (seen.began === undefined || performance.now() - last < BLOCKED_MS) return;
      seen.blockedMs = BLOCKED_MS;
      host.kill("SIGKILL");
    }, 50);
    createInterface({ input: host.stdout }).on("line", (text) => {
      const now = performance.now();
      const line = JSON.parse(text);
      if (seen.began !== undefined) seen.blockedMs = Math.max(seen.blockedMs, now - last);
      last = now;
      if (line.fault !== undefined) seen.began = now;
      Object.assign(seen, line);
    });
    host.on("close", (code) => {
      clearInterval(silence);
      const { blockedMs, again, left, done } = seen;
      const blocked = blockedMs === BLOCKED_MS;
      const dead = !blocked && (code !== 0 || done !== true);
      resolve({
        [`${fault}Dead`]: Number(dead),
        ...(fault === "leave" || dead ? {} : { [`${fault}BlockedMs`]: blockedMs }),
        ...(again === undefined ? {} : { [`${fault}AgainMs`]: again }),
        ...(left === undefined ? {} : { left }),
      });
    });
  });
}

await drive(async (/** @type {Options} */ options) => {
  const figures = {};
  for (const fault of FAULTS) Object.assign(figures, await suffer(options, fault));
  return figures;
});
