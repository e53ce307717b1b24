import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TauError } from "tau-protocol";

/**
 * Paths of Unix sockets end after 107 bytes on Linux and 103 on macOS; Node and the system cut longer ones off without a word.
 * Source: `sun_path` in unix(7) and in sys/un.h.
 */
const MAX_PATH_BYTES = 100;

/** The longest name that {@link socketName} makes. */
const MAX_NAME_BYTES = "/4194304-999.sock".length;

const NAME = /^(\d+)(?:-\d+)?\.sock$/;

export interface ControlSocket {
  path: string;
  /** Of the process that made it. */
  pid: number;
}

/** Where processes of this user and `$TAU_HOME` listen: `run` in there, or a short path elsewhere where that one is too long. */
export function controlDirectory(env: NodeJS.ProcessEnv): string {
  const directory = resolve(env["TAU_HOME"] ?? join(homedir(), ".tau"), "run");
  if (Buffer.byteLength(directory) + MAX_NAME_BYTES <= MAX_PATH_BYTES) return directory;
  const name = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  const short = join(tmpdir(), `tau-${ownUid()}-${name}`);
  // TMPDIR may be long as well.
  return Buffer.byteLength(short) + MAX_NAME_BYTES <= MAX_PATH_BYTES ? short : join("/tmp", `tau-${ownUid()}-${name}`);
}

/** Makes the directory, closed to everybody else. @throws TauError where somebody else has made it */
export async function openControlDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await checkOwner(directory);
  await chmod(directory, 0o700);
}

/** The sockets in a directory, those of processes that are gone included. @throws TauError where the directory is somebody else's */
export async function controlSockets(directory: string): Promise<ControlSocket[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) return [];
  await checkOwner(directory);
  return names
    .flatMap((name) => {
      const pid = NAME.exec(name)?.[1];
      return pid === undefined ? [] : [{ path: join(directory, name), pid: Number(pid) }];
    })
    .sort((left, right) => left.pid - right.pid || left.path.length - right.path.length);
}

/** A process may hold several hosts, each with a socket: the first has number 1. */
export function socketName(pid: number, number: number): string {
  return number === 1 ? `${pid}.sock` : `${pid}-${number}.sock`;
}

/** In a directory that everybody may write to, such as /tmp, anybody may have been first. */
async function checkOwner(directory: string): Promise<void> {
  const found = await lstat(directory);
  if (found.isDirectory() && found.uid === ownUid()) return;
  const what = found.isDirectory() ? `one of user ${found.uid}` : "something else";
  throw new TauError(
    "invalid-option",
    `Expected ${directory} to be a directory of this user, found ${what}. Remove it, or set TAU_HOME to a short path of your own.`,
  );
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}
