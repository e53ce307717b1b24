import { isWithin } from "./own-sources.ts";
import type { ResolvedPermissions } from "./permissions.ts";

export type GrantedPlaces = Pick<ResolvedPermissions, "read" | "write" | "programs">;

/**
 * What has to be opened to it. What lies in a folder to write in is there with that: by itself it would be looked up again at the next
 * start, when the extension may have put a link in the place of a folder on the way.
 */
export function grantedPlaces({ read, write, programs }: ResolvedPermissions): GrantedPlaces {
  const isCovered = (path: string): boolean => write.some((folder) => path !== folder && isWithin(path, folder));
  const uncovered = (paths: readonly string[]): string[] => paths.filter((path) => !isCovered(path));
  return { read: uncovered(read), write: uncovered(write), programs: uncovered(programs) };
}

export interface StartFolderOptions {
  permissions: ResolvedPermissions;
  code: readonly string[];
  cwd: string;
}

/** Whether it starts where the agent is: it may look there, or its command names files of its own as seen from there. */
export function startsInPlace({ permissions: { read, write }, code, cwd }: StartFolderOptions): boolean {
  return [...read, ...write].some((folder) => isWithin(cwd, folder)) || code.some((path) => isWithin(path, cwd));
}
