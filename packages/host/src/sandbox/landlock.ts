import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LIBRARIES, OLD_LIBRARIES, SETTINGS } from "./bubblewrap.ts";
import { grantedPlaces, startsInPlace } from "./granted-places.ts";
import { isWithin } from "./own-sources.ts";
import type { ResolvedPermissions } from "./permissions.ts";
import type { SyscallTable } from "./syscalls.ts";

export interface LandlockOptions {
  permissions: ResolvedPermissions;
  /** Files and folders that the extension itself is made of, and what runs it: to be read. */
  code: readonly string[];
  /** Folders of tau itself: what lies in them is run, or believed, without a sandbox. */
  ownFolders: readonly string[];
  /** Where the process starts where it may: see `startsInPlace`; otherwise in its own temporary folder. */
  cwd: string;
  /** The descriptor from which the seccomp filter is read. */
  filterFd: number;
  table: SyscallTable;
}

const SCRIPT = fileURLToPath(new URL("./landlock.pl", import.meta.url));
const DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/** Stands for the folder that the launcher makes for this process alone. */
export const TEMPORARY_FOLDER = "{temporary}";

/** Perl's arguments, up to the command. What is not there is not granted: it may not be made later by somebody else. */
export function landlockArguments({ permissions, code, cwd, filterFd, table }: LandlockOptions): string[] {
  const { read, write, programs } = grantedPlaces(permissions);
  const readable = [...LIBRARIES, ...OLD_LIBRARIES, ...SETTINGS, ...read, ...programs, ...code];
  const grants = [
    ...readable.map((path) => ["r", path]),
    ...write.map((path) => ["w", path]),
    ...DEVICES.map((path) => ["d", path]),
  ];
  const there = grants.filter(([, path]) => existsSync(path ?? ""));
  return [
    [SCRIPT, String(filterFd), String(table.prctl), String(table.capset)],
    ...there,
    ["w", TEMPORARY_FOLDER, "--", startsInPlace({ permissions, code, cwd }) ? cwd : TEMPORARY_FOLDER],
  ].flat();
}

/**
 * What a grant to write would make writable though nobody meant it: rights add up here, and none takes one away again. Undefined where
 * there is none.
 */
export function writableCode({ permissions: { write }, code, ownFolders }: LandlockOptions): string | undefined {
  const kept = [...code, ...ownFolders].filter((path) => existsSync(path));
  return kept.find((path) => write.some((folder) => isWithin(realpathSync.native(path), realpathSync.native(folder))));
}
