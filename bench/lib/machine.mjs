// Where the numbers come from.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";

/** The first core this process may use, when taskset is there to pin to it. @returns {number | undefined} */
export function corePinnedTo() {
  if (spawnSync("taskset", ["--version"]).status !== 0) return undefined;
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"));
  return allowed === null ? undefined : Number(allowed[1]);
}

/** @param {string} name */
function installedVersion(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

function tauVersion() {
  try {
    return JSON.parse(readFileSync(new URL("../../packages/host/package.json", import.meta.url), "utf8")).version;
  } catch {
    return "not there";
  }
}

/** @param {number | undefined} core */
export function describeMachine(core) {
  const cpus = os.cpus();
  return {
    cpu: `${cpus.length} × ${cpus[0]?.model.trim()}`,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    load: os.loadavg()[0].toFixed(1),
    pinnedToCore: core ?? "not pinned (no taskset): expect ratios to wander",
    node: process.version,
    tau: tauVersion(),
    "@modelcontextprotocol/sdk": installedVersion("@modelcontextprotocol/sdk"),
    zod: installedVersion("zod"),
  };
}
