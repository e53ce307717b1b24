import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { IgnoreRules } from "./ignore-rules.ts";

export interface WalkedEntry {
  /** Absolute. */
  path: string;
  /** Seen from where the walk began, with forward slashes. */
  relative: string;
  isDirectory: boolean;
}

export interface WalkOptions {
  /** Absolute. */
  root: string;
  /** Also what .gitignore leaves out. `.git` is left out in any case. */
  includeIgnored: boolean;
  signal: AbortSignal;
}

/**
 * What is in a directory and those below, directory by directory, by name. Symlinks are told of and not followed: a walk along them may
 * never end.
 */
export async function* walk({ root, includeIgnored, signal }: WalkOptions): AsyncGenerator<WalkedEntry[]> {
  const rules = includeIgnored ? undefined : await IgnoreRules.above(root);
  yield* walkDirectory({ path: root, relative: "", isDirectory: true }, rules, signal);
}

async function* walkDirectory(
  directory: WalkedEntry,
  above: IgnoreRules | undefined,
  signal: AbortSignal,
): AsyncGenerator<WalkedEntry[]> {
  signal.throwIfAborted();
  const listed = await list(directory);
  const rules = listed.some(({ name }) => name === ".gitignore") ? await above?.within(directory.path) : above;
  const entries = listed
    .map((entry) => toWalked(entry, directory))
    .filter(({ path, isDirectory }) => rules?.ignores(path, isDirectory) !== true);
  yield entries;
  for (const entry of entries) if (entry.isDirectory) yield* walkDirectory(entry, rules, signal);
}

async function list({ path, relative }: WalkedEntry): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter(({ name }) => name !== ".git").sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    // Gone since it was listed, or somebody else's: the rest is worth seeing.
    if (relative !== "" && ["ENOENT", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return [];
    throw error;
  }
}

function toWalked(entry: Dirent, directory: WalkedEntry): WalkedEntry {
  return {
    path: join(directory.path, entry.name),
    relative: directory.relative === "" ? entry.name : `${directory.relative}/${entry.name}`,
    isDirectory: entry.isDirectory(),
  };
}
