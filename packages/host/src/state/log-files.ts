import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "../build/hash.ts";

/**
 * The files of one extension's state: `<first revision>.log`, of which the highest counts. Names grow and are never used twice, so
 * that a process that was asleep for a while can't put an old one in place of a new one.
 */
const LOG_NAME = /^(\d{16})\.log$/;
/** A log that could not be read whole, kept for people. */
const DAMAGED_NAME = /^(\d{16})\.damaged$/;
const TEMPORARY_NAME = /\.tmp$/;

/** What was left half written by a process that was killed goes after this time. */
const TEMPORARY_AGE_MS = 60_000;

/** A name for any id: readable, the same for nobody else, short, and safe where upper and lower case are the same. */
export function directoryNameOf(extensionId: string): string {
  const readable = extensionId.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `${readable.slice(0, 40)}.${sha256(extensionId).slice(0, 24)}`;
}

export function logPath(directory: string, base: number): string {
  return join(directory, `${String(base).padStart(16, "0")}.log`);
}

/** The first revision of the newest log, if there is one. */
export async function newestLog(directory: string): Promise<number | undefined> {
  const bases = (await namesIn(directory)).flatMap((name) => numberIn(LOG_NAME, name));
  return bases.length === 0 ? undefined : Math.max(...bases);
}

/** The first revision that no log of this directory has given out, damaged ones included. */
export async function firstFreeRevision(directory: string): Promise<number> {
  const damaged = (await namesIn(directory)).filter((name) => DAMAGED_NAME.test(name));
  const ends = await Promise.all(
    damaged.map(async (name) => (numberIn(DAMAGED_NAME, name)[0] ?? 0) + (await stat(join(directory, name))).size),
  );
  return Math.max(0, ...ends);
}

/**
 * Writes a log and gives it its name when it is whole and on disk. If somebody else was faster, theirs stays.
 * @throws Error of the file system; nothing is left then
 */
export async function createLog(directory: string, base: number, content: Iterable<string>): Promise<void> {
  const temporary = join(directory, `${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      for (const piece of content) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, logPath(directory, base));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** For nobody but the user: what extensions keep may be secret. Survives a loss of power once this resolves. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let path = dirname(directory); path.length >= dirname(first).length; path = dirname(path)) {
    await syncDirectory(path);
    if (path === dirname(path)) break;
  }
}

/** Names that were given or taken away before this are so after a loss of power, too. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a log a second name, under which it stays when the first one goes. Answers that name. */
export async function keepForPeople(directory: string, base: number): Promise<string> {
  const path = logPath(directory, base);
  const kept = path.replace(/log$/, "damaged");
  await link(path, kept).catch((error: NodeJS.ErrnoException) => {
    // Another host has done it, or is through with it.
    if (error.code !== "EEXIST" && error.code !== "ENOENT") throw error;
  });
  return kept;
}

export async function removeLog(directory: string, base: number): Promise<void> {
  await rm(logPath(directory, base), { force: true });
}

/** Removes logs that have a successor, and what killed processes left half written. */
export async function removeLeftovers(directory: string, newest: number): Promise<void> {
  const now = Date.now();
  for (const name of await namesIn(directory)) {
    const path = join(directory, name);
    const [base] = numberIn(LOG_NAME, name);
    if (base !== undefined && base < newest) await rm(path, { force: true });
    if (!TEMPORARY_NAME.test(name)) continue;
    const age = await stat(path).then(({ mtimeMs }) => now - mtimeMs, ignoreMissing);
    if (age !== undefined && age > TEMPORARY_AGE_MS) await rm(path, { force: true });
  }
}

export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(ignoreMissing)) ?? [];
}

function numberIn(pattern: RegExp, name: string): number[] {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}
