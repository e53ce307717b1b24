import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { grantedPlaces, startsInPlace } from "./granted-places.ts";
import { isWithin } from "./own-sources.ts";
import type { ResolvedPermissions } from "./permissions.ts";

export interface BubblewrapOptions {
  permissions: ResolvedPermissions;
  /** Files and folders that the extension itself is made of, and what runs it. Read-only, whatever was granted. */
  code: readonly string[];
  /** Folders of tau itself: what lies in them is run, or believed, without a sandbox. */
  ownFolders: readonly string[];
  /** Where the process starts, if that is there. */
  cwd: string;
  /** The descriptor from which the seccomp filter is read. */
  filterFd: number;
}

/** What dynamic linkers and C libraries need. Data of the system, nobody's secrets. */
export const LIBRARIES = [
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/usr/libexec",
  "/usr/share/zoneinfo",
  "/usr/share/perl",
];
export const OLD_LIBRARIES = ["/lib", "/lib32", "/lib64"];
export const SETTINGS = [
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/localtime",
  "/etc/alternatives",
];

/** For the extension's own /tmp, in bytes: it lies in memory, which no limit of the process counts. */
const TEMPORARY_BYTES = 256 * 1024 * 1024;

/** The same for memory that processes share by name. */
const SHARED_BYTES = 64 * 1024 * 1024;

/** Its working directory where it may not read the agent's. */
export const SANDBOX_HOME = "/tmp";

/**
 * bwrap's arguments, up to the command. `--as-pid-1`, since bwrap's own first process would
 * run without the filter and could be written to; `/tmp` before what is bound below it; the extension's code last, so that no grant
 * makes it writable.
 */
export function bubblewrapArguments(options: BubblewrapOptions): string[] {
  const { permissions, code, ownFolders, cwd, filterFd } = options;
  const { read, write, programs } = grantedPlaces(permissions);
  // Where files are named as seen from there, such a folder is there, with nothing else in it.
  const home = startsInPlace({ permissions, code, cwd }) ? cwd : SANDBOX_HOME;
  return [
    ["--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"],
    ["--die-with-parent", "--new-session", "--as-pid-1", "--seccomp", String(filterFd)],
    ["--proc", "/proc", "--dev", "/dev", "--size", String(TEMPORARY_BYTES), "--tmpfs", "/tmp"],
    ["--size", String(SHARED_BYTES), "--tmpfs", "/dev/shm"],
    ...[...LIBRARIES, ...SETTINGS].map((path) => ["--ro-bind-try", path, path]),
    ...OLD_LIBRARIES.map((path) => libraryFolder(path)),
    ...read.map((path) => ["--ro-bind", path, path]),
    ...write.map((path) => ["--bind", path, path]),
    ...[...programs, ...code].map((path) => bindProgram(path)),
    ...ownFolders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => protect(realpathSync.native(folder), write)),
    // Where the host is root's, the kernel's settings in /proc/sys can be written without any capability, and /dev is memory without a limit.
    ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", home],
  ].flat();
}

/** On most systems /lib is a link to /usr/lib by now. */
function libraryFolder(path: string): string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
}

/**
 * A folder is there under the name of each grant that it is in. Those on the way to it are bound as they are: what something is bound to can't
 * be renamed, and another one put in its place.
 */
function protect(folder: string, write: readonly string[]): string[][] {
  return write.flatMap((grant) => {
    const real = realpathSync.native(grant);
    if (!isWithin(folder, real)) return [];
    const steps = relative(real, folder).split("/");
    const onTheWay = steps.slice(0, -1).map((_, index) => steps.slice(0, index + 1).join("/"));
    const bound = onTheWay.map((path) => ["--bind", join(real, path), join(grant, path)]);
    return [...bound, ["--ro-bind", folder, join(grant, ...steps)]];
  });
}

/** Under its name, and where that leads: interpreters find their libraries by the latter. */
function bindProgram(path: string): string[] {
  const real = realpathSync.native(path);
  return [...new Set([path, real])].flatMap((place) => ["--ro-bind", real, place]);
}

/** Where granted programs lie, for PATH. */
export function programFolders(programs: readonly string[]): string[] {
  return [...new Set(programs.map((program) => dirname(program)))];
}
