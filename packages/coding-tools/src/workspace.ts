import { isAbsolute, relative, resolve, sep } from "node:path";
import { FileLocks } from "./file-locks.ts";

/** What the tools of one extension share: how paths are read and shown, and who may write. */
export interface Workspace {
  /** The agent's working directory, absolute. */
  readonly cwd: string;
  /** What commands get. */
  readonly environment: NodeJS.ProcessEnv;
  readonly locks: FileLocks;
  /** An absolute path: `~` is the home directory, anything else is seen from `cwd`. */
  readonly resolve: (path: string) => string;
  /** A path as the model should see it: from `cwd` where it is inside, with forward slashes. */
  readonly show: (path: string) => string;
}

export interface WorkspaceOptions {
  cwd: string;
  /** `HOME` is what `~` means. */
  environment: NodeJS.ProcessEnv;
}

export function openWorkspace({ cwd, environment }: WorkspaceOptions): Workspace {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  return {
    cwd: resolve(cwd),
    environment,
    locks: new FileLocks(),
    resolve: (path) => resolve(cwd, expandHome(path, home)),
    show: (path) => showPath(path, cwd),
  };
}

function expandHome(path: string, home: string | undefined): string {
  if (home === undefined || !/^~(?=$|[/\\])/.test(path)) return path;
  return home + path.slice(1);
}

function showPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  if (inside === "") return ".";
  return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? path : inside.replaceAll(sep, "/");
}
