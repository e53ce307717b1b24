import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

/** The variable that all processes of a command have in their environment, wherever they went. */
export const MARK = "TAU_COMMAND";

export interface Tree {
  /** The command's shell, which leads a session and a process group of its own. */
  leader: number;
  /** The value of {@link MARK}. */
  mark: string;
}

interface ProcessFacts {
  pid: number;
  parent: number;
  group: number;
  session: number;
  marked: boolean;
}

/** Ends a tree: asks first, then kills, and goes on until nobody is left. Children that left the session are found by their mark. */
export async function endTree(tree: Tree, graceMs: number): Promise<void> {
  const end = performance.now() + graceMs;
  await signalAll(tree, "SIGTERM");
  // Nobody tells when grandchildren end.
  while (performance.now() < end) {
    if ((await membersOf(tree)).length === 0) return;
    await pause(POLL_MS);
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if ((await signalAll(tree, "SIGKILL")) === 0) return;
    await pause(POLL_MS);
  }
}

const POLL_MS = 20;

/** What forks faster than it is killed is left to the host, which ends the whole extension. */
const MAX_ROUNDS = 100;

/** @returns how many were there */
async function signalAll(tree: Tree, signal: NodeJS.Signals): Promise<number> {
  const members = await membersOf(tree);
  if (members.length > 0) send(-tree.leader, signal);
  for (const pid of members) send(pid, signal);
  return members.length;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone by itself.
  }
}

/** The living processes of a tree. */
export async function membersOf(tree: Tree): Promise<number[]> {
  const all = process.platform === "linux" ? await readProc(`${MARK}=${tree.mark}`) : await askPs();
  const members = new Set<number>();
  for (const { pid, group, session, marked } of all) {
    if (marked || pid === tree.leader || group === tree.leader || session === tree.leader) members.add(pid);
  }
  let before: number;
  do {
    before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  } while (members.size > before);
  members.delete(process.pid);
  return [...members];
}

async function readProc(marker: string): Promise<ProcessFacts[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readOne(Number(pid), marker)));
  return found.flatMap((facts) => (facts === undefined ? [] : [facts]));
}

async function readOne(pid: number, marker: string): Promise<ProcessFacts | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold anything.
    const [state, parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    // Other users' environments can't be read, and are none of ours.
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    const marked = environment.split("\0").includes(marker);
    return { pid, parent: Number(parent), group: Number(group), session: Number(session), marked };
  } catch {
    // Ended meanwhile.
    return undefined;
  }
}

async function askPs(): Promise<ProcessFacts[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat="]);
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (state === undefined || state.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, marked: false }];
  });
}
