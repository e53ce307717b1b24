import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { TauError } from "tau-protocol";

/** The hash of every file below a folder, by its path in it. */
export type Fingerprint = Readonly<Record<string, string>>;

/** More than this is no folder of extensions, and would keep the user waiting. */
const MAX_FILES = 20_000;

/**
 * Everything below a folder that could run: links are followed, hidden files and node_modules are in it.
 * @throws TauError `invalid-option` for more files than anybody would trust
 */
export async function fingerprint(folder: string): Promise<Fingerprint> {
  const found: [string, string][] = [];
  await addFolder(folder, { root: folder, found, seen: new Set() });
  return Object.fromEntries(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

interface Walk {
  root: string;
  found: [string, string][];
  /** Folders that were walked: links may lead in circles. */
  seen: Set<string>;
}

async function addFolder(folder: string, walk: Walk): Promise<void> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined || walk.seen.has(real)) return;
  walk.seen.add(real);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info?.isDirectory() === true) await addFolder(path, walk);
    // A link that leads nowhere may lead somewhere tomorrow.
    else walk.found.push([relative(walk.root, path), info?.isFile() === true ? await hashOf(path) : "none"]);
    if (walk.found.length > MAX_FILES) {
      const text = `${walk.root} has more than ${MAX_FILES} files. Trusting them would mean nothing; keep only extensions there.`;
      throw new TauError("invalid-option", text, { executed: "no" });
    }
  }
}

async function hashOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

/** Paths that are not in both, or not the same. */
export function changesBetween(before: Fingerprint, after: Fingerprint): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths].filter((path) => before[path] !== after[path]).sort();
}
