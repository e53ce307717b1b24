import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** An environment as this one, in which there is every program but bubblewrap: namespaces can't be made, and the other layer has to hold. */
export function withoutBubblewrap(directory: string): NodeJS.ProcessEnv {
  const folder = join(directory, "programs");
  mkdirSync(folder);
  for (const place of process.env["PATH"]?.split(":") ?? []) {
    for (const name of existsSync(place) ? readdirSync(place) : []) {
      if (name !== "bwrap" && !existsSync(join(folder, name))) link(join(place, name), join(folder, name));
    }
  }
  return { ...process.env, PATH: folder };
}

function link(target: string, path: string): void {
  // A link that leads nowhere is there already, though it does not exist.
  if (existsSync(target)) symlinkSync(target, path);
}
