import { statSync, type Stats } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSourceFile } from "tau-host";

/** The extensions in a folder, by name: files, and folders with a package.json. None where there is no such folder. */
export async function findExtensions(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const found = names.filter((name) => isExtension(join(folder, name), name));
  return found.sort((one, other) => (one < other ? -1 : 1)).map((name) => join(folder, name));
}

function isExtension(path: string, name: string): boolean {
  if (name.startsWith(".") || name === "node_modules" || name.endsWith(".d.ts")) return false;
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
