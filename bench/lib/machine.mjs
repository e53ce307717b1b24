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

/** @param {string} path from bench/ */
const readPackage = (path) => JSON.parse(readFileSync(new URL(`../${path}/package.json`, import.meta.url), "utf8"));

function tauVersion() {
  try {
    return readPackage("../packages/host").version;
  } catch {
    return "not there";
  }
}

/** The first line that a program says of itself, or nothing where there is none. @param {string} program @param {string} flag */
function versionOf(program, flag) {
  const { status, stdout } = spawnSync(program, [flag], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split("\n", 1)[0] : "not there";
}

/** @param {number | undefined} core @returns {Record<string, string | number>} */
export function describeMachine(core) {
  const cpus = os.cpus();
  return {
    cpu: `${cpus.length} × ${cpus[0]?.model.trim()}`,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    load: os.loadavg()[0].toFixed(1),
    pinnedToCore: core ?? "not pinned (no taskset): expect ratios to wander",
    node: process.version,
    python: versionOf("python3", "--version"),
    rust: versionOf("cargo", "--version"),
    cc: versionOf("cc", "--version"),
    tau: tauVersion(),
    ...readPackage(".").dependencies,
    ...readPackage("pi").dependencies,
  };
}
