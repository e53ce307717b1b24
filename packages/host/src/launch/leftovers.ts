import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killLaunchedBy } from "./kill-tree.ts";
import { readStat } from "./proc.ts";

/** Whose a launcher's directory is, so that the next launcher can tell whether that one still lives. */
interface Owner {
  name: string;
  pid: number;
  startTicks: number;
  /** Names the run of the machine and the set of processes that pids refer to: containers may share a directory. */
  system: string;
}

/** What the names of launchers' directories begin with. */
export const DIRECTORY_PREFIX = "tau-";

const OWNER_FILE = "owner.json";

/** Without /proc nothing is written, and so nothing is ever tidied: a pid alone may be somebody else's by then. */
export function markDirectory(directory: string, name: string): void {
  const [stat, system] = [readStat(process.pid), systemName()];
  if (stat === undefined || system === undefined) return;
  const owner: Owner = { name, pid: process.pid, startTicks: stat.startTicks, system };
  writeFileSync(join(directory, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
}

/** Ends what this user's launchers left behind that were killed together with their hosts, and takes their directories away. */
export async function tidyLeftovers(base: string): Promise<void> {
  const system = systemName();
  if (system === undefined) return;
  const dead = ownedDirectories(base).filter(({ owner }) => owner.system === system && !isAlive(owner));
  if (dead.length === 0) return;
  await killLaunchedBy(dead.map(({ owner }) => owner.name));
  for (const { directory } of dead) rmSync(directory, { recursive: true, force: true });
}

function ownedDirectories(base: string): { directory: string; owner: Owner }[] {
  const uid = process.getuid?.();
  return readdirSync(base)
    .filter((name) => name.startsWith(DIRECTORY_PREFIX))
    .flatMap((name) => {
      const directory = join(base, name);
      try {
        const stat = lstatSync(directory);
        if (!stat.isDirectory() || stat.uid !== uid) return [];
        const owner = readOwner(readFileSync(join(directory, OWNER_FILE), "utf8"));
        return owner === undefined ? [] : [{ directory, owner }];
      } catch {
        // Not a launcher's, or taken away at this moment.
        return [];
      }
    });
}

/** `undefined` for what no launcher wrote. */
export function readOwner(text: string): Owner | undefined {
  try {
    const { name, pid, startTicks, system } = JSON.parse(text) as Record<string, unknown>;
    if (typeof name !== "string" || !/^[0-9a-f]{18}$/.test(name) || typeof system !== "string") return undefined;
    if (!Number.isInteger(pid) || !Number.isInteger(startTicks)) return undefined;
    return { name, pid: pid as number, startTicks: startTicks as number, system };
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startTicks }: Owner): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.alive && stat.startTicks === startTicks;
}

function systemName(): string | undefined {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}
