import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, resolve, sep } from "node:path";
import { TauError } from "tau-protocol";
import { runnerPath } from "../runner-path.ts";
import { type ExtensionSource, isSourceFile } from "../source.ts";
import type { ResolvedPermissions } from "./permissions.ts";

export interface OwnSourcesOptions {
  /** Files that a bundle was made of, and those that were looked at on the way. */
  inputs: readonly string[];
  /** The folder of the extension. */
  folder: string;
  /** Whether all of that folder is the extension's: a package, and not one file that lies somewhere. */
  isPackage: boolean;
  permissions: ResolvedPermissions;
}

/** What building looks at by itself. It says how to read other files, and is not handed on. */
const CONFIGURATION = /^(?:package|[tj]sconfig(?:\..+)?)\.json$/;

/**
 * Building happens outside of the sandbox and puts what is imported into the bundle: an import of a file that the extension may not read
 * would be a way to read it.
 * @throws TauError `denied`, naming the file
 */
export function expectOwnSources(options: OwnSourcesOptions): void {
  for (const input of options.inputs) {
    if (!existsSync(input) || CONFIGURATION.test(basename(input))) continue;
    // As it was called when it was read, and where that leads by now.
    const foreign = [input, realpathSync.native(input)].find((path) => !isOwn(path, options));
    if (foreign === undefined) continue;
    const text = `Expected the confined extension to be built of its own files, got an import of ${foreign}. Grant it to be read if it is meant.`;
    throw new TauError("denied", text, { executed: "no", phase: "build" });
  }
}

function isOwn(path: string, { folder, isPackage, permissions: { read, write } }: OwnSourcesOptions): boolean {
  if (isWithin(path, dirname(runnerPath()))) return true;
  if ([...read, ...write].some((granted) => isWithin(path, realpathSync.native(granted)))) return true;
  const [above, ...rest] = path.split(`${sep}node_modules${sep}`);
  if (rest.length > 0 && above !== undefined && isWithin(folder, above)) return true;
  // Beside a single file lies what is nobody's or somebody else's: code may be imported from there, data not.
  return isWithin(path, folder) && (isPackage || isSourceFile(path));
}

/** Where an extension lies. `undefined` for a command that the user gave. */
export function placeOf(source: ExtensionSource, cwd: string): { folder: string; isPackage: boolean } | undefined {
  if (typeof source !== "string") return undefined;
  const path = realpathSync.native(resolve(cwd, source));
  const isPackage = statSync(path).isDirectory();
  return { folder: isPackage ? path : dirname(path), isPackage };
}

/** Whether a path is a folder or in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
