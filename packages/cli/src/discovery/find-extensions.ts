import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isSourceFile } from "tau-host";

/** The extensions in a folder, by name: files, and folders with a package.json. None where there is no such folder. */
export async function findExtensions(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const found = await Promise.all(
    names.sort((one, other) => (one < other ? -1 : 1)).map((name) => asExtension(join(folder, name), name)),
  );
  return found.flatMap((path) => path ?? []);
}

async function asExtension(path: string, name: string): Promise<string | undefined> {
  if (name.startsWith(".") || name === "node_modules" || name.endsWith(".d.ts")) return undefined;
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() === true) return isSourceFile(name) ? path : undefined;
  if (info?.isDirectory() !== true) return undefined;
  const manifest = await stat(join(path, "package.json")).catch(() => undefined);
  return manifest?.isFile() === true ? path : undefined;
}
