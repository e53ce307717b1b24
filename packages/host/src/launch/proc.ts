/** What Linux tells of processes, in /proc. Elsewhere every reader answers `undefined`. Source: proc(5). */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessStat {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Ticks since the machine was started. With the pid it names a process for good: pids are used again. */
  startTicks: number;
  /** Its own processor time and that of ended children that it waited for. */
  cpuTicks: number;
  threads: number;
  /** False for a zombie, which only waits for its parent to look. */
  alive: boolean;
}

/** The kernel's unit of time for other programs. The same on every machine that Node runs on. */
export const MS_PER_TICK = 10;

export function listProcesses(): number[] | undefined {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return undefined;
  }
}

export function readStat(pid: number): ProcessStat | undefined {
  return parseStat(readProc(`${pid}/stat`)?.toString("latin1"));
}

/** The name in parentheses may hold anything, parentheses and line ends too, so fields count from the last one. */
export function parseStat(text: string | undefined): ProcessStat | undefined {
  if (text === undefined) return undefined;
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  const [state = ""] = fields;
  const [parent, group, session, threads, startTicks] = [4, 5, 6, 20, 22].map(field) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const cpuTicks = field(14) + field(15) + field(16) + field(17);
  if (![pid, parent, group, session, threads, startTicks, cpuTicks].every(Number.isFinite)) return undefined;
  // A program whose first thread has ended is a zombie with other threads.
  const alive = state !== "X" && (state !== "Z" || threads > 1);
  return { pid, parent, group, session, startTicks, cpuTicks, threads, alive };
}

/** Memory that is not a file's, in bytes, what is swapped out included. `undefined` when the process is gone. */
export function readMemory(pid: number): number | undefined {
  return parseMemory(readProc(`${pid}/status`)?.toString("latin1"));
}

/**
 * Of the ways to count, this one costs 14 µs at any size. The fair share (PSS) walks all pages: milliseconds for a large
 * process. Plain RSS counts Node's own code, 40 MB, in every process anew.
 */
export function parseMemory(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let bytes = 0;
  for (const [, kilobytes] of text.matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s*(\d+) kB$/gm)) {
    bytes += Number(kilobytes) * 1024;
  }
  return bytes;
}

/** The environment at the start of the program. Empty for a zombie, and for a moment while a program starts. */
export function readEnvironment(pid: number): Buffer | undefined {
  return readProc(`${pid}/environ`);
}

/** The soft limit for realtime work, in µs: see `limit-mark.ts`. `undefined` where there is none. */
export function readRealtimeLimit(pid: number | "self"): bigint | undefined {
  return parseRealtimeLimit(readProc(`${pid}/limits`)?.toString("latin1"));
}

export function parseRealtimeLimit(text: string | undefined): bigint | undefined {
  const digits = text === undefined ? undefined : /^Max realtime timeout\s+(\d+)\s/m.exec(text)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

export interface ProcessActivity {
  /** The pid that was given out last. Pids go up, and start again from below when they reach the end. */
  lastPid: number;
  /** Threads on the whole machine. */
  threads: number;
}

/** What tells at a price of 9 µs that something is going on. */
export function readActivity(): ProcessActivity | undefined {
  return parseActivity(readProc("loadavg")?.toString("latin1"));
}

export function parseActivity(text: string | undefined): ProcessActivity | undefined {
  const [threads, lastPid] = (/ \d+\/(\d+) (\d+)\s*$/.exec(text ?? "") ?? []).slice(1).map(Number);
  return threads === undefined || lastPid === undefined ? undefined : { lastPid, threads };
}

function readProc(name: string): Buffer | undefined {
  try {
    return readFileSync(`/proc/${name}`);
  } catch {
    // Ended meanwhile, another user's, or a system without /proc: nothing can be told either way.
    return undefined;
  }
}
