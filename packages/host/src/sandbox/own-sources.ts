import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { TauError } from "tau-protocol";
import { runnerPath } from "../runner-path.ts";
import { type ExtensionSource, isSourceFile } from "../source.ts";
import type { ResolvedPermissions } from "./permissions.ts";

/** Where an extension lies. */
export interface OwnPlace {
  /** The file, or the folder of a package. */
  path: string;
  /** The folder of the extension. */
  folder: string;
  /** Whether all of that folder is the extension's: a package, and not one file that lies somewhere. */
  isPackage: boolean;
}

export interface OwnSourcesOptions extends OwnPlace {
  /** Files that are in a bundle. */
  inputs: readonly string[];
  permissions: ResolvedPermissions;
}

/**
 * Building happens outside of the sandbox and puts what is imported into the bundle: an import of a file that the extension may not read
 * would be a way to read it.
 * @throws TauError `denied`, naming the file
 */
export function expectOwnSources(options: OwnSourcesOptions): void {
  const sdk = dirname(runnerPath());
  for (const input of options.inputs) {
    if (!existsSync(input)) continue;
    // As it was called when it was read, and where that leads by now.
    const foreign = [input, realpathSync.native(input)].find((path) => !isWithin(path, sdk) && !isOwn(path, options));
    if (foreign === undefined) continue;
    const text = `Expected the confined extension to be built of its own files, got an import of ${foreign}. Grant it to be read if it is meant.`;
    throw new TauError("denied", text, { executed: "no", phase: "build" });
  }
}

/**
 * Where building an extension runs its code, it does so outside of the sandbox. Once that has been decided by whoever wrote it; an extension that may
 * write where it lies could decide it anew, and be reloaded.
 * @throws TauError `denied`, naming the grant
 */
export function expectUnwritten({ path, isPackage }: OwnPlace, write: readonly string[], what: string): void {
  const grant = write.find((each) => {
    const real = realpathSync.native(each);
    return isWithin(path, real) || (isPackage && isWithin(real, path));
  });
  if (grant === undefined) return;
  const text = `Expected a sandboxed extension that may not write where it lies, got a grant of ${grant}: ${what} would run outside of the sandbox. Move it, or grant another folder.`;
  throw new TauError("denied", text, { executed: "no", phase: "build" });
}

function isOwn(path: string, { folder, isPackage, permissions: { read, write } }: OwnSourcesOptions): boolean {
  if ([...read, ...write].some((granted) => isWithin(path, realpathSync.native(granted)))) return true;
  const [above, ...rest] = path.split(`${sep}node_modules${sep}`);
  if (rest.length > 0 && above !== undefined && isWithin(folder, above)) return true;
  // Beside a single file lies what is nobody's or somebody else's: code may be imported from there, data not.
  return isWithin(path, folder) && (isPackage || isSourceFile(path));
}

/** Where an extension lies. `undefined` for a command that the user gave. */
export function placeOf(source: ExtensionSource, cwd: string): OwnPlace | undefined {
  if (typeof source !== "string") return undefined;
  const path = realpathSync.native(resolve(cwd, source));
  const isPackage = statSync(path).isDirectory();
  return { path, folder: isPackage ? path : dirname(path), isPackage };
}

/** Whether a path is a folder or in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
