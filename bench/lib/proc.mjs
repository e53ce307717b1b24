// What Linux tells about processes in /proc.
import { readdirSync, readFileSync } from "node:fs";

const MS_PER_TICK = 10; // USER_HZ is 100 on every Linux that Node runs on

/** Parent and CPU time of a process, or undefined when it has gone. @param {number} pid */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK };
  } catch {
    return undefined;
  }
}

/** Every living child, grandchild and so on of a process. @param {number} root */
export function descendants(root) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? stat(pid)?.parent : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [];
  const queue = [root];
  for (const pid of queue) {
    const next = children.get(pid) ?? [];
    found.push(...next);
    queue.push(...next);
  }
  return found;
}

/** User and system time so far of this process and all its descendants, in ms. */
export function treeCpuMs() {
  const own = process.cpuUsage();
  const others = descendants(process.pid).reduce((sum, pid) => sum + (stat(pid)?.cpuMs ?? 0), 0);
  return (own.user + own.system) / 1000 + others;
}

/**
 * Memory of a process in MB: `private` would come free if it ended, `resident` is all that it sees, `proportional` is that with each shared
 * page divided by those who share it.
 * @param {number} pid
 */
export function memoryMb(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const mb = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return { private: mb("Private_Clean") + mb("Private_Dirty"), resident: mb("Rss"), proportional: mb("Pss") };
}
