import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "./hash.ts";
import { BUILD_FORMAT, type BuildManifest, MANIFEST_NAME } from "./messages.ts";

/** One directory of the cache for each entry file. */
export function cacheDirectoryOf(cacheDir: string, entry: string): string {
  return join(cacheDir, "build", sha256(entry).slice(0, 32));
}

/**
 * The bundle made from exactly the present content of all its inputs, or `undefined`. Content is compared, not times: an
 * editor, a checkout or a copy may set a file's time to anything.
 */
export async function findCachedBundle(directory: string): Promise<string | undefined> {
  const manifest = await readBuildManifest(directory);
  if (manifest === undefined || manifest.format !== BUILD_FORMAT) return undefined;
  const fresh = await Promise.all(
    manifest.inputs.map(async ({ path, sha256: known }) => (await hashFile(path)) === known),
  );
  return fresh.every(Boolean) ? join(directory, manifest.file) : undefined;
}

async function readBuildManifest(directory: string): Promise<BuildManifest | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, MANIFEST_NAME), "utf8")) as BuildManifest;
  } catch {
    // Not built yet, or a write was cut short: both mean "build".
    return undefined;
  }
}

async function hashFile(path: string): Promise<string | undefined> {
  try {
    return sha256(await readFile(path));
  } catch {
    return undefined;
  }
}
