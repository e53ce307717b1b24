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

/** Memory that would come free if the process ended, in MB. @param {number} pid */
export function privateMb(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const kb = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  return kb / 1024;
}
