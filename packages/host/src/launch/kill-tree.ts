import { Census } from "./census.ts";
import type { ProcessStat } from "./proc.ts";
import { carriesLauncher, ProcessTree } from "./process-tree.ts";

/** How long processes may take to be gone, in milliseconds. One that waits for a broken disk takes for ever. */
const KILL_TIMEOUT_MS = 10_000;
const LONGEST_PAUSE_MS = 100;

/**
 * Kills a tree that its census knows. First everybody is stopped, again and again until no new process turns up, for a stopped
 * one starts no other and its children still name it as their parent; then all are killed.
 * @returns pids that are left: of another user, or stuck in the kernel
 */
export async function killTree(census: Census, tree: ProcessTree): Promise<number[]> {
  const end = performance.now() + KILL_TIMEOUT_MS;
  // Before anybody is counted: with a bomb running, that takes seconds.
  if (tree.rootGroup !== undefined) send(-tree.rootGroup, "SIGSTOP");
  if (!census.update()) return killGroupAlone(tree.rootPid, end);
  for (let round = 1; tree.members.length > 0; round++) {
    await stopAll(census, tree, end);
    const refused = sendAll(tree, tree.members, "SIGKILL");
    // Killed is not yet gone: the kernel needs a moment to tear a process down, and counting thousands slows it.
    const pauseMs = Math.min(Math.max(round, tree.members.length / 10), LONGEST_PAUSE_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    census.update();
    const onlyRefused = tree.members.every(({ pid }) => refused.has(pid));
    if (onlyRefused || performance.now() > end) return tree.members.map(({ pid }) => pid);
  }
  return [];
}

/** Kills what launchers of these names started; for those who come after a launcher has ended. */
export async function killLaunchedBy(names: readonly string[]): Promise<number[]> {
  const census = new Census(() => performance.now());
  const tree = new ProcessTree({ carries: (marks) => names.some((name) => carriesLauncher(name, marks)) });
  census.add(tree);
  return killTree(census, tree);
}

/** Holds a group still while it is looked at. */
export function holdGroup(group: number): void {
  send(-group, "SIGSTOP");
}

export function releaseGroup(group: number): void {
  send(-group, "SIGCONT");
}

async function stopAll(census: Census, tree: ProcessTree, end: number): Promise<void> {
  const stopped = new Map<number, number>();
  while (performance.now() < end) {
    const fresh = tree.members.filter(({ pid, startTicks }) => stopped.get(pid) !== startTicks);
    if (fresh.length === 0) return;
    sendAll(tree, fresh, "SIGSTOP");
    for (const { pid, startTicks } of fresh) stopped.set(pid, startTicks);
    // A bomb of thousands takes a while: the others' output is drained in between.
    await new Promise((resolve) => setImmediate(resolve));
    census.update();
  }
}

/**
 * A signal to a group reaches all its members at once, also those that fork at this moment: no bomb outruns it. Groups whose
 * leader is a member hold members only, for nobody can join a group of another session.
 * @returns who could not be reached
 */
function sendAll(tree: ProcessTree, members: readonly ProcessStat[], signal: "SIGSTOP" | "SIGKILL"): Set<number> {
  const leaders = new Set([...tree.members.map(({ pid }) => pid), tree.rootPid]);
  const groups = new Set(members.map(({ group }) => group).filter((group) => leaders.has(group)));
  for (const group of groups) send(-group, signal);
  return new Set(members.map(({ pid }) => pid).filter((pid) => send(pid, signal) === "refused"));
}

function send(target: number, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): "sent" | "gone" | "refused" {
  try {
    process.kill(target, signal);
    return "sent";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "refused" : "gone";
  }
}

/** Without /proc the group is all that is known, and whether it is gone the kill itself tells. */
async function killGroupAlone(groupId: number | undefined, end: number): Promise<number[]> {
  if (groupId === undefined) return [];
  for (let round = 1; send(-groupId, "SIGKILL") === "sent"; round++) {
    if (performance.now() > end) return [groupId];
    await new Promise((resolve) => setTimeout(resolve, Math.min(round, LONGEST_PAUSE_MS)));
  }
  return [];
}
