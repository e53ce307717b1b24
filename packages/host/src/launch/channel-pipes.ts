import { execFile } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Named pipes that are made at once: Node can't make any, and a program that does takes a millisecond to start. */
const PIPES_AT_ONCE = 64;

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Two named pipes that will be a process's channel. */
export interface PipePair {
  toProcess: string;
  fromProcess: string;
}

/** A process's ends of them. */
export interface PipeEnds {
  read: number;
  write: number;
}

interface Waiting {
  read: number;
  /** Both ends of the other pipe. */
  held: number;
  fromProcess: string;
}

/** Pipes between the host and processes, at paths only this user can reach until both have them open. */
export class ChannelPipes {
  readonly #directory: () => string;
  #made: Promise<string[]> | undefined;
  #count = 0;
  /** By the path of the one that the process will read. */
  readonly #waiting = new Map<string, Waiting>();

  /** @param directory asked each time: it may have to be made again */
  constructor(directory: () => string) {
    this.#directory = directory;
  }

  /** Makes some now, so that nobody waits for them. */
  warmUp(): void {
    this.#make().catch(() => undefined);
  }

  /** Resolves when no more pipes are being made. */
  async settle(): Promise<void> {
    await this.#made?.catch(() => undefined);
  }

  /** @throws Error where nobody can make pipes, or their folder is gone */
  async open(): Promise<PipePair> {
    const [toProcess, fromProcess] = await this.#takeTwo();
    const read = openSync(toProcess, O_RDONLY | O_NONBLOCK);
    try {
      // Both ends: nobody can open one to write before somebody reads. Without a writer the host would not be told that nobody comes.
      const held = openSync(fromProcess, O_RDWR | O_NONBLOCK);
      this.#waiting.set(toProcess, { read, held, fromProcess });
    } catch (error) {
      closeSync(read);
      throw error;
    }
    return { toProcess, fromProcess };
  }

  /** What the host has opened its ends of, or `undefined`. They have no names any more. */
  take(path: string): PipeEnds | undefined {
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(path);
    const { read, held, fromProcess } = waiting;
    const write = openToWrite(fromProcess);
    for (const each of [path, fromProcess]) rmSync(each, { force: true });
    // Whose name somebody has tidied away is written to by the end that can do both.
    if (write === undefined) return { read, write: held };
    closeSync(held);
    return { read, write };
  }

  async #takeTwo(): Promise<[string, string]> {
    for (;;) {
      const made = await this.#make();
      const [one, other] = made.splice(0, 2);
      if (one !== undefined && other !== undefined) return [one, other];
      this.#made = undefined;
    }
  }

  #make(): Promise<string[]> {
    this.#made ??= makePipes(
      Array.from({ length: PIPES_AT_ONCE }, () => join(this.#directory(), `pipe-${++this.#count}`)),
    );
    // What failed once may work when there is a folder again, but not without the program.
    this.#made.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") this.#made = undefined;
    });
    return this.#made;
  }
}

function openToWrite(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_NONBLOCK);
  } catch {
    return undefined;
  }
}

async function makePipes(paths: string[]): Promise<string[]> {
  await promisify(execFile)("mkfifo", ["-m", "600", ...paths]);
  return paths;
}
