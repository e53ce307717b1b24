import { readdirSync, readFileSync } from "node:fs";
import { MARK_VARIABLE } from "./messages.ts";

const MAX_ROUNDS = 20;

/**
 * Kills a process group, and the processes that left it but still carry its mark in their environment (a daemon that called
 * `setsid`). Again and again until none is found, since a process may fork while it is looked for.
 */
export async function killTree(groupId: number | undefined, mark: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const alive = [...(groupId !== undefined && killGroup(groupId) ? [groupId] : []), ...markedProcesses(mark)];
    if (alive.length === 0) return;
    for (const pid of alive) kill(pid);
    // Killed is not yet gone: the kernel needs a moment to tear a process down.
    await new Promise((resolve) => setTimeout(resolve, 1 + round));
  }
}

/** True when the group had a living member. */
export function killGroup(groupId: number): boolean {
  try {
    process.kill(-groupId, "SIGKILL");
    return hasLivingMember(groupId);
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Zombies, which only wait for their parent to look, do not count. Without /proc the kill itself is the answer. */
function hasLivingMember(groupId: number): boolean {
  const processes = listProcesses();
  if (processes === undefined) return true;
  return processes.some((pid) => {
    const status = readStatus(pid);
    return status !== undefined && status.group === groupId && status.state !== "Z" && status.state !== "X";
  });
}

/** What the environment of one launched process and its descendants holds. */
export function processMark(token: string): string {
  // With the end of the variable: `x.1` is not `x.10`.
  return `${MARK_VARIABLE}=${token}\0`;
}

/** What the environments of everything that one launcher started hold. */
export function launcherMark(name: string): string {
  return `${MARK_VARIABLE}=${name}.`;
}

/** Living processes whose environment at their start held the mark. Linux only: elsewhere the group has to do. */
export function markedProcesses(mark: string): number[] {
  const needle = Buffer.from(mark);
  return (listProcesses() ?? []).filter((pid) => {
    if (pid === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`).includes(needle);
    } catch {
      // Ended meanwhile, or another user's: not ours either way. A zombie's environment is empty.
      return false;
    }
  });
}

function listProcesses(): number[] | undefined {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return undefined;
  }
}

/** Source: proc(5), /proc/pid/stat. The name in parentheses may hold anything, so fields count from the last one. */
function readStatus(pid: number): { state: string; group: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", , group = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, group: Number(group) };
  } catch {
    return undefined;
  }
}
