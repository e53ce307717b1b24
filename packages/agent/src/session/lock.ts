import { randomBytes } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TauError } from "tau-protocol";
import { isAlive, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

export interface SessionLock {
  release: () => Promise<void>;
}

/** Two that come at the same moment both step back, and come again at different ones. */
const ATTEMPTS = 4;
const LONGEST_WAIT_MS = 40;

/** `<session's file>.<realm>-<pid>-<start>-<nonce>.lock` */
const LOCK_SUFFIX = /^([0-9a-f]{8})-(\d+)-([0-9a-f]+)-([0-9a-f]+)\.lock$/;

/**
 * Makes this the only writer of a session. Each process puts up a lock of its own name and then looks for others: of two, at least one
 * sees the other. Locks of processes that have ended are swept away; their names never come again, so nobody sweeps a living one.
 * @throws TauError `session-locked`
 */
export async function lockSession(path: string): Promise<SessionLock> {
  const { realm, pid, start } = ownIdentity();
  const own = `${basename(path)}.${realm}-${pid}-${start}-${randomBytes(6).toString("hex")}.lock`;
  const ownPath = join(dirname(path), own);
  for (let attempt = 1; ; attempt++) {
    await writeFile(ownPath, `${JSON.stringify({ pid, at: new Date().toISOString() })}\n`, { flag: "wx", mode: 0o600 });
    const holder = await findHolder(path, own).catch(async (error: unknown) => {
      await rm(ownPath, { force: true });
      throw error;
    });
    if (holder === undefined) return { release: () => rm(ownPath, { force: true }) };
    await rm(ownPath, { force: true });
    if (attempt === ATTEMPTS) throw locked(path, holder);
    await sleep(Math.random() * LONGEST_WAIT_MS);
  }
}

interface Holder extends ProcessIdentity {
  lockPath: string;
  /** `undefined`: it can't be seen from here. */
  alive: true | undefined;
}

async function findHolder(path: string, own: string): Promise<Holder | undefined> {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (name === own || !name.startsWith(prefix)) continue;
    const [, realm, pid, start] = LOCK_SUFFIX.exec(name.slice(prefix.length)) ?? [];
    if (realm === undefined || pid === undefined || start === undefined) continue;
    const identity = { realm, pid: Number(pid), start };
    const lockPath = join(dirname(path), name);
    const alive = isAlive(identity);
    if (alive === false) await rm(lockPath, { force: true });
    else return { ...identity, lockPath, alive };
  }
  return undefined;
}

function locked(path: string, { pid, alive, lockPath }: Holder): TauError {
  const who = alive === true ? `process ${pid}` : `process ${pid} of another machine or container`;
  const step =
    alive === true ? "Close it there, or fork it" : `Close it there or fork it; if it is no more, delete ${lockPath}`;
  const text = `The session ${path} is open in ${who}. ${step}.`;
  return new TauError("session-locked", text, { executed: "no", retryable: true, detail: { path, pid } });
}
