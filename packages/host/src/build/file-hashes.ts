import { readFileSync, type Stats, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { sha256 } from "./hash.ts";

/** What is known of a file's content. */
export interface FileState {
  /** `null` when no file is there. */
  sha256: string | null;
  /** What the bundler takes for a file's identity: as long as it stays, the bundler does not read the file again. */
  modKey: string;
}

const MISSING: FileState = { sha256: null, modKey: "" };

/** A file of this size is read in less time than a thread takes to say that it has read it. */
const SMALL_BYTES = 64 * 1024;

/** File systems take the time from a clock that ticks this seldom. */
const CLOCK_TICK_MS = 10;

/** Some count whole seconds, and some of those only even ones. */
const COARSE_TICK_MS = 2_500;

/** More files than this are forgotten together and read again. */
const MAX_FILES = 20_000;

/**
 * The hashes of files, read again only after they have changed.
 *
 * That is told by the time of the last change of content or name (ctime), which every write sets and nobody can set back;
 * mtime can be set to anything. Two writes within one tick of the file system's clock look the same, so a file is only
 * remembered once its last change is older than a tick. Source: https://git-scm.com/docs/racy-git
 */
export class FileHashes {
  readonly #known = new Map<string, { stamp: string; state: FileState }>();

  /** The state of a file, read in one go: for a process that has nothing else to do. */
  look(path: string): FileState {
    const info = statFile(path);
    if (info === undefined) return MISSING;
    return this.#recall(path, info) ?? this.#learn(path, info, readSafely(path));
  }

  /** The hash of a file. Known and small ones are told at once, without a thread's help, which costs more than reading them. */
  hash(path: string): string | null | Promise<string | null> {
    const info = statFile(path);
    if (info === undefined) return null;
    const known = this.#recall(path, info);
    if (known !== undefined) return known.sha256;
    if (info.size <= SMALL_BYTES) return this.#learn(path, info, readSafely(path)).sha256;
    return this.#read(path, info);
  }

  async #read(path: string, info: Stats): Promise<string | null> {
    // Gone or unreadable by now: no such content.
    return this.#learn(path, info, await readFile(path).catch(() => null)).sha256;
  }

  #recall(path: string, info: Stats): FileState | undefined {
    const known = this.#known.get(path);
    return known?.stamp === stampOf(info) ? known.state : undefined;
  }

  #learn(path: string, info: Stats, content: Buffer | null): FileState {
    const state = { sha256: content === null ? null : sha256(content), modKey: modKeyOf(info) };
    if (this.#known.size >= MAX_FILES) this.#known.clear();
    if (isSettled(info)) this.#known.set(path, { stamp: stampOf(info), state });
    else this.#known.delete(path);
    return state;
  }
}

/**
 * The hashes of files as they are after this was made, each looked at once, however many ask: what is built from source has most of
 * the files that decide it in common.
 */
export class FileLook {
  readonly #hashes: FileHashes;
  readonly #seen = new Map<string, string | null | Promise<string | null>>();

  constructor(hashes: FileHashes) {
    this.#hashes = hashes;
  }

  hash(path: string): string | null | Promise<string | null> {
    const seen = this.#seen.get(path);
    if (seen !== undefined) return seen;
    const hash = this.#hashes.hash(path);
    this.#seen.set(path, hash);
    return hash;
  }
}

/** Whether a file, or the lack of one, may be newer than a time (Unix, in milliseconds). */
export function mayHaveChangedSince(path: string, timeMs: number): boolean {
  const info = statFile(path);
  return info !== undefined && info.ctimeMs >= timeMs - tickOf(info);
}

/**
 * Times as numbers of milliseconds, which are exact to a quarter of a microsecond: two changes of a file that is remembered lie further
 * apart, by the rule of ticks alone. As BigInt a look takes three times as long, and an agent with fifty extensions takes dozens.
 */
function statFile(path: string): Stats | undefined {
  try {
    const info = statSync(path, { throwIfNoEntry: false });
    return info?.isFile() === true ? info : undefined;
  } catch {
    // Out of reach is as good as missing.
    return undefined;
  }
}

function readSafely(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    // Gone or unreadable by now: no such content.
    return null;
  }
}

function stampOf(info: Stats): string {
  return `${modKeyOf(info)} ${info.ctimeMs} ${info.dev}`;
}

function modKeyOf({ ino, size, mtimeMs, mode }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${mode}`;
}

function isSettled(info: Stats): boolean {
  return info.ctimeMs < Date.now() - tickOf(info);
}

function tickOf({ ctimeMs }: Stats): number {
  return ctimeMs % 1_000 === 0 ? COARSE_TICK_MS : CLOCK_TICK_MS;
}
