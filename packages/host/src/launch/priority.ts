import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import type { ProcessStat } from "./proc.ts";

/** A tenth of a processor beside others that want one; all of it when nobody does. Source: sched(7). */
const LOW_NICENESS = 10;

/**
 * Lets a busy tree yield to the others. Where the kernel shares time between sessions ("autogroup"), a session's niceness is
 * what counts, and it can be taken back. Elsewhere each thread's counts, which only root can lower again: a tree that was
 * busy once goes on yielding there.
 */
export class TreePriority {
  readonly #lowered = new Set<number>();

  get isLow(): boolean {
    return this.#lowered.size > 0;
  }

  /** Members of sessions that already yield are left alone. */
  lower(members: readonly ProcessStat[]): void {
    const sessions = new Set(members.map(({ session }) => session));
    for (const session of sessions) {
      if (this.#lowered.has(session)) continue;
      const all = members.filter((member) => member.session === session);
      if (setNiceness(all, LOW_NICENESS)) this.#lowered.add(session);
    }
  }

  restore(members: readonly ProcessStat[]): void {
    const all = members.filter(({ session }) => this.#lowered.has(session));
    // Also where it was refused: asking on and on would not help.
    setNiceness(all, 0);
    this.#lowered.clear();
  }
}

/** False when it is to be tried again: without root the kernel changes one session every 100 ms. */
function setNiceness(members: readonly ProcessStat[], niceness: number): boolean {
  const done = members.every(({ pid }) => setSessionNiceness(pid, niceness));
  // The host may have been started with a niceness of its own, and so its launcher.
  const absolute = Math.max(getPriority(), niceness);
  for (const { pid } of members) for (const thread of threadsOf(pid)) setThreadNiceness(thread, absolute);
  return done;
}

function setSessionNiceness(pid: number, niceness: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
    return true;
  } catch (error) {
    // Without this part of the kernel there is no such file, and its threads' niceness does it.
    return (error as NodeJS.ErrnoException).code !== "EAGAIN";
  }
}

function setThreadNiceness(thread: number, niceness: number): void {
  try {
    setPriority(thread, niceness);
  } catch {
    // Ended meanwhile, or not allowed: then it yields for longer than it need.
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Of 1000: the machine's memory runs out, and the kernel looks for the process whose end costs least. Source: proc(5). */
const VICTIM_SCORE = 500;

/** When the whole machine is out of memory, an extension is to go before its host. Its children inherit that. */
export function preferAsVictim(pid: number): void {
  const path = `/proc/${pid}/oom_score_adj`;
  try {
    if (Number(readFileSync(path, "latin1")) < VICTIM_SCORE) writeFileSync(path, String(VICTIM_SCORE));
  } catch {
    // Gone already, or a system that knows no such thing.
  }
}
