import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Living processes, zombies left out. */
export function livingProcesses(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isAlive(pid));
}

/** A zombie only waits for its parent to look: it is gone. */
export function isAlive(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && !["Z", "X"].includes(state);
}

/** One letter; "T" is stopped. `undefined` when it is gone. Source: proc_pid_stat(5). */
export function stateOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.charAt(text.lastIndexOf(")") + 2);
  } catch {
    return undefined;
  }
}

/** A program has its environment a moment after `spawn` has returned. */
export function untilMarked(pid: number): void {
  while (readFileSync(`/proc/${pid}/environ`).length === 0);
}

/** Living processes whose environment holds a piece of text, this one left out. */
export function processesWith(text: string): number[] {
  return livingProcesses().filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/environ`).includes(text);
    } catch {
      return false;
    }
  });
}

export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** What this process has open of channels that are no process's yet. */
export function namedPipes(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => /.*\/pipe-\d+$/.exec(targetOf(fd)) ?? []);
}

/** The descriptor that reads the folder is gone by then. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

/** Looks again and again until it is so; for what nobody tells of, such as the end of a stranger's process. */
export async function until(what: string, isSo: () => boolean, withinMs = 2000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Expected ${what} within ${withinMs} ms.`);
    await sleep(5);
  }
}
