import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The `package.json` of the package that a folder is in. Looked for at once: a look takes a twentieth of the time that a promise of one
 * does, and there is one for each folder of each extension.
 */
export function nearestManifest(start: string): string | undefined {
  for (let directory = start; directory !== dirname(directory); directory = dirname(directory)) {
    const manifest = join(directory, "package.json");
    if (existsSync(manifest)) return manifest;
  }
  return undefined;
}
