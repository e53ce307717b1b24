import type { Stats } from "node:fs";
import { lstat, readdir, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { nearNames } from "./near-names.ts";
import { Problem } from "./problem.ts";
import type { Workspace } from "./workspace.ts";

export interface FoundFile {
  /** Without symlinks. */
  path: string;
  /** As the model should see it. */
  shown: string;
  stats: Stats;
}

/** @throws Problem with near names where nothing is there */
export async function find(workspace: Workspace, path: string): Promise<FoundFile> {
  const absolute = workspace.resolve(path);
  try {
    return { path: await realpath(absolute), shown: workspace.show(absolute), stats: await stat(absolute) };
  } catch (error) {
    throw await explain(error, absolute, workspace);
  }
}

/** @throws Problem for directories, devices and pipes: reading from those may never end */
export async function findFile(workspace: Workspace, path: string): Promise<FoundFile> {
  const found = await find(workspace, path);
  refuseOthers(found);
  return found;
}

/** @throws Problem for what is no file */
export function refuseOthers({ shown, stats }: Pick<FoundFile, "shown" | "stats">): void {
  if (stats.isFile()) return;
  throw new Problem(
    stats.isDirectory()
      ? `${shown} is a directory. Use ls to see what is in it.`
      : `${shown} is neither a file nor a directory: only files are read and written.`,
  );
}

/** @throws Problem */
export async function findDirectory(workspace: Workspace, path: string): Promise<FoundFile> {
  const found = await find(workspace, path);
  if (found.stats.isDirectory()) return found;
  throw new Problem(`${found.shown} is not a directory. Use read to see a file.`);
}

/** What an error of the file system means for the model. Anything else is handed back as it is. */
export async function explain(error: unknown, absolute: string, workspace: Workspace): Promise<unknown> {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new Problem(await describeMissing(absolute, workspace));
  const describe = FAULTS[code];
  return describe === undefined ? error : new Problem(describe(workspace.show(absolute)));
}

const FAULTS: Readonly<Record<string, (shown: string) => string>> = {
  ENOTDIR: (shown) => `${shown} can't exist: something before its last slash is a file.`,
  EACCES: (shown) => `${shown} may not be accessed: permission denied.`,
  EPERM: (shown) => `${shown} may not be accessed: operation not permitted.`,
  ELOOP: (shown) => `${shown} is a symlink that leads back to itself.`,
  EISDIR: (shown) => `${shown} is a directory.`,
  EEXIST: (shown) => `${shown} can't be made: something before its last slash is a file.`,
  ENAMETOOLONG: (shown) => `${shown.slice(0, 100)}… is too long for a path.`,
  ENOSPC: (shown) => `${shown} was not written: the disk is full.`,
  EROFS: (shown) => `${shown} was not written: the file system is read-only.`,
  ERR_INVALID_ARG_VALUE: (shown) => `${JSON.stringify(shown)} is no path: it holds a NUL character.`,
};

async function describeMissing(absolute: string, workspace: Workspace): Promise<string> {
  const shown = workspace.show(absolute);
  const target = await danglingTarget(absolute);
  if (target !== undefined) return `${shown} is a symlink to ${target}, and nothing is there.`;
  const directory = dirname(absolute);
  // Not there or not readable: then there are no names to offer.
  const names = await readdir(directory).catch(() => undefined);
  if (names === undefined) return `There is no ${shown}: its directory ${workspace.show(directory)} is missing, too.`;
  const near = nearNames(basename(absolute), names).map((name) => workspace.show(`${directory}/${name}`));
  return `There is no ${shown}.${near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : ""}`;
}

async function danglingTarget(absolute: string): Promise<string | undefined> {
  try {
    return (await lstat(absolute)).isSymbolicLink() ? await readlink(absolute) : undefined;
  } catch {
    // Nothing there at all.
    return undefined;
  }
}
