import { type Dirent, statSync, type Stats } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSourceFile } from "tau-host";

/** The extensions in a folder, by name: files, and folders with a package.json. None where there is no such folder. */
export async function findExtensions(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const found = entries.filter((entry) => isExtension(folder, entry)).map(({ name }) => name);
  return found.sort((one, other) => (one < other ? -1 : 1)).map((name) => join(folder, name));
}

function isExtension(folder: string, entry: Dirent): boolean {
  const { name } = entry;
  if (name.startsWith(".") || name === "node_modules" || name.endsWith(".d.ts")) return false;
  // The folder says so itself of most. A link may lead to anything.
  if (entry.isFile()) return isSourceFile(name);
  const path = join(folder, name);
  const info = lookAt(path);
  if (info?.isFile() === true) return isSourceFile(name);
  return info?.isDirectory() === true && lookAt(join(path, "package.json"))?.isFile() === true;
}

/** At once: a thread takes longer to say so than the look takes, for each of the dozens that an agent starts with. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Out of reach is as good as missing.
    return undefined;
  }
}
