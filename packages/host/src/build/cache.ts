import { readFile, stat } from "node:fs/promises";
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
  if (manifest === undefined) return undefined;
  const bundle = join(directory, manifest.file);
  const fresh = await Promise.all([
    isFile(bundle),
    isFile(`${bundle}.map`),
    ...manifest.inputs.map(async ({ path, sha256: known }) => (await hashFile(path)) === known),
  ]);
  return fresh.every(Boolean) ? bundle : undefined;
}

/** Not built yet, cut short or damaged: all of it means "build". */
async function readBuildManifest(directory: string): Promise<BuildManifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, MANIFEST_NAME), "utf8")) as BuildManifest;
    const { format, file, inputs } = manifest;
    const isWhole = typeof file === "string" && inputs.every(({ path }) => typeof path === "string");
    return format === BUILD_FORMAT && isWhole ? manifest : undefined;
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

async function hashFile(path: string): Promise<string | null> {
  return readFile(path).then(sha256, () => null);
}
