import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who a process is, among all that ever were. */
export interface ProcessIdentity {
  /** Where its pid means something: this machine, and on Linux this namespace of pids. */
  realm: string;
  pid: number;
  /** Tells it from an earlier process of the same pid. The same for all where the system does not tell cheaply. */
  start: string;
}

const UNKNOWN_START = "0";
/** Fields of /proc/<pid>/stat behind the name, which may have spaces. Source: proc_pid_stat(5) */
const START_TIME_FIELD = 19;

export function ownIdentity(): ProcessIdentity {
  return { realm: realm(), pid: process.pid, start: startOf(process.pid) ?? UNKNOWN_START };
}

/** `undefined`: it is on another machine or in another container, and nobody here can tell. */
export function isAlive({ realm: itsRealm, pid, start }: ProcessIdentity): boolean | undefined {
  if (itsRealm !== realm()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // There, but another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const present = startOf(pid);
  return present === undefined || present === start;
}

function realm(): string {
  return digest(`${hostname()} ${tryRead(() => readlinkSync("/proc/self/ns/pid")) ?? ""}`);
}

function startOf(pid: number): string | undefined {
  return tryRead(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_TIME_FIELD];
    return digest(`${readFileSync("/proc/sys/kernel/random/boot_id", "utf8")} ${ticks}`);
  });
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Only Linux has these files, and a process may end while it is looked at. */
function tryRead(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
