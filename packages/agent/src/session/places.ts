import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";

const SESSION_NAME = /^(\d{8}T\d{9})-([0-9a-z]+)\.jsonl$/;

/** What the name of a session's file says. */
export interface SessionPlace {
  path: string;
  id: string;
  createdAt: string;
}

/** Where sessions are kept: `$TAU_HOME/sessions`, and `TAU_HOME` is `~/.tau` if it is not set. */
export function sessionDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment["TAU_HOME"] || join(homedir(), ".tau"), "sessions");
}

/** The sessions of one working directory: readable, and the same for no other. */
export function folderOf(directory: string, cwd: string): string {
  const path = resolve(cwd);
  const readable = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
  return join(directory, `${readable}.${hash}`);
}

/** Names sort by time. */
export function fileNameOf(id: string, createdAt: Date): string {
  return `${createdAt.toISOString().replaceAll(/[-:.Z]/g, "")}-${id}.jsonl`;
}

/** The sessions in a folder, in no order. None where there is no folder. */
export async function placesIn(folder: string): Promise<SessionPlace[]> {
  const names = await namesIn(folder);
  return names.flatMap((name) => placeOf(join(folder, name)) ?? []);
}

/** The folders of all working directories. */
export async function foldersIn(directory: string): Promise<string[]> {
  return (await namesIn(directory)).map((name) => join(directory, name));
}

/** `undefined`: this is no name of a session's file. */
export function placeOf(path: string): SessionPlace | undefined {
  const [, time, id] = SESSION_NAME.exec(basename(path)) ?? [];
  if (time === undefined || id === undefined) return undefined;
  const createdAt = time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})$/, "$1-$2-$3T$4:$5:$6.$7Z");
  return { path, id, createdAt };
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Nothing has been kept yet; or a stray file, which is no folder.
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
}
