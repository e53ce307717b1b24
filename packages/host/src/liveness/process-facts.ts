import { readFile } from "node:fs/promises";
import type { Clock } from "tau-rpc";

/** What the operating system knows of a process that does not answer. Linux only. Source: proc(5). */
export interface ProcessFacts {
  /** The main thread's: R runs, S waits, D waits for a disk or device, T was stopped, t is held by a debugger, Z has ended. */
  state: string;
  /** Of one processor, by the main thread, over the time of looking: 0 to 1. */
  cpuShare: number;
  /** Where in the kernel it waits, where the kernel tells. */
  waitsIn: string | undefined;
  /** Its children, as "name (pid)". */
  children: readonly string[];
}

const MS_PER_TICK = 10;
const SIGUSR1 = 10n;
const MAX_CHILDREN = 5;

/** One look at a process. */
export interface Snapshot {
  pid: number;
  /** As in {@link ProcessFacts}. */
  state: string;
  /** Whether SIGUSR1 has a handler. Where it has none, it ends the process. */
  handlesUserSignal: boolean;
  cpuTicks: number;
  at: number;
}

/** Looks a second time, after a while. `undefined` when the process is gone. */
export async function watchProcess(before: Snapshot, watchMs: number, clock: Clock): Promise<ProcessFacts | undefined> {
  await new Promise<void>((resolve) => void clock.setTimeout(resolve, watchMs));
  const { pid } = before;
  const after = await takeSnapshot(pid, clock);
  if (after === undefined) return undefined;
  const cpuMs = (after.cpuTicks - before.cpuTicks) * MS_PER_TICK;
  return {
    state: after.state,
    cpuShare: Math.min(1, cpuMs / Math.max(1, after.at - before.at)),
    waitsIn: await readWait(pid),
    children: await readChildren(pid),
  };
}

/** `undefined` without /proc, or when the process is gone. */
export async function takeSnapshot(pid: number, clock: Clock): Promise<Snapshot | undefined> {
  const thread = `/proc/${pid}/task/${pid}`;
  const [stat, status] = await Promise.all([readText(`${thread}/stat`), readText(`${thread}/status`)]);
  if (stat === undefined || status === undefined) return undefined;
  // The name in parentheses may hold anything, so fields count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return {
    pid,
    state: fields[0] ?? "",
    handlesUserSignal: ((caught >> (SIGUSR1 - 1n)) & 1n) === 1n,
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    at: clock.now(),
  };
}

async function readWait(pid: number): Promise<string | undefined> {
  const name = (await readText(`/proc/${pid}/wchan`))?.trim();
  return name !== undefined && /^\w*[a-z]\w*$/.test(name) ? name : undefined;
}

async function readChildren(pid: number): Promise<string[]> {
  const pids = (await readText(`/proc/${pid}/task/${pid}/children`))?.match(/\d+/g) ?? [];
  // The program's name and no arguments: those may hold secrets.
  return Promise.all(
    pids.slice(0, MAX_CHILDREN).map(async (child) => {
      const name = (await readText(`/proc/${child}/comm`))?.trim() ?? "?";
      return `${name.replaceAll(/[^\x20-\x7e]/g, "?")} (${child})`;
    }),
  );
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "latin1");
  } catch {
    // Ended meanwhile, not permitted, or a system without /proc: nothing is known either way.
    return undefined;
  }
}
