import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileLook } from "./file-hashes.ts";
import { sha256 } from "./hash.ts";
import { BUILD_FORMAT, type BuildInput, type BuildManifest, type BuildTarget, MANIFEST_NAME } from "./messages.ts";

/** A bundle, and every path that decided it. */
export interface Build {
  /** The bundle's path. */
  file: string;
  inputs: string[];
  /** Those of the inputs that are in it. */
  sources: string[];
}

/** One directory of the cache for each entry file, and what it is built for. */
export function cacheDirectoryOf(cacheDir: string, entry: string, target: BuildTarget): string {
  return join(cacheDir, target === "node" ? "build" : `build-${target}`, sha256(entry).slice(0, 32));
}

/** How many files are looked at before others get a turn. */
const FILES_PER_TURN = 64;

/**
 * The bundle made from exactly the present content of all its inputs, or `undefined`. Content is compared, not times: an
 * editor, a checkout or a copy may set a file's time to anything.
 */
export async function findCachedBundle(directory: string, look: FileLook): Promise<Build | undefined> {
  const manifest = readBuildManifest(directory);
  if (manifest === undefined) return undefined;
  const { inputs } = manifest;
  const file = join(directory, manifest.file);
  if (!existsSync(file) || !existsSync(`${file}.map`)) return undefined;
  for (let start = 0; start < inputs.length; start += FILES_PER_TURN) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    const some = inputs.slice(start, start + FILES_PER_TURN);
    if (!(await areSame(some, look))) return undefined;
  }
  const paths = inputs.map(({ path }) => path);
  return { file, inputs: paths, sources: paths.slice(0, manifest.sources) };
}

/** Waits for large files only: a promise for each of the hundreds that an agent starts with takes longer than looking at them. */
function areSame(inputs: readonly BuildInput[], look: FileLook): boolean | Promise<boolean> {
  const large: Promise<boolean>[] = [];
  for (const { path, sha256: known } of inputs) {
    const hash = look.hash(path);
    if (hash instanceof Promise) large.push(hash.then((read) => read === known));
    else if (hash !== known) return false;
  }
  return large.length === 0 || Promise.all(large).then((same) => same.every(Boolean));
}

/** Not built yet, cut short or damaged: all of it means "build". */
function readBuildManifest(directory: string): BuildManifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, MANIFEST_NAME), "utf8")) as BuildManifest;
    const { format, file, inputs } = manifest;
    const isWhole = typeof file === "string" && inputs.every(({ path }) => typeof path === "string");
    return format === BUILD_FORMAT && isWhole ? manifest : undefined;
  } catch {
    return undefined;
  }
}
