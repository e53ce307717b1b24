import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isTauError, TauError } from "tau-protocol";
import { errorText } from "tau-rpc";
import { Appender } from "./appender.ts";
import { lockSession, type SessionLock } from "./lock.ts";
import { readSession, type SessionContent } from "./read-session.ts";

interface Opened {
  appender: Appender;
  lock: SessionLock;
}

/** A session's file, of which this is the only writer. One that has nothing in it yet is not made before it has. */
export class SessionFile {
  readonly path: string;
  /** Lines that have to be in it before anything else. */
  #first: string;
  #opened: Opened | undefined;
  #creating: Promise<Opened> | undefined;

  private constructor(path: string, first: string, opened?: Opened) {
    this.path = path;
    this.#first = first;
    this.#opened = opened;
  }

  /** Is made with the first line that is appended. `first`: what it begins with. */
  static planned(path: string, first: string): SessionFile {
    return new SessionFile(path, first);
  }

  /**
   * What is there, without what a killed process left half written, and the file to write on. `header`: for a file in which nothing
   * is left.
   * @throws TauError `session-locked`, `session-failed`
   */
  static async open(path: string, header: string): Promise<{ file: SessionFile; content: SessionContent }> {
    const lock = await lockSession(path).catch((error: unknown) => {
      throw asTauError(error, path);
    });
    try {
      const content = readSession(await readFile(path), path);
      const handle = await open(path, "a");
      await cutTornLine(handle, content);
      const prefix = content.soundBytes === 0 ? header : content.lacksNewline ? "\n" : "";
      const appender = new Appender(handle, path, { size: content.soundBytes, prefix });
      return { file: new SessionFile(path, "", { appender, lock }), content };
    } catch (error) {
      await lock.release();
      throw asTauError(error, path);
    }
  }

  /** @throws TauError `session-failed`, `session-locked` */
  async append(lines: string): Promise<void> {
    if (this.#opened === undefined) {
      this.#creating ??= this.#create();
      try {
        this.#opened = await this.#creating;
      } catch (error) {
        // Goes with the next attempt.
        this.#first += lines;
        throw asTauError(error, this.path);
      } finally {
        this.#creating = undefined;
      }
    }
    await this.#opened.appender.append(lines);
  }

  async close(): Promise<void> {
    await this.#creating?.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = undefined;
    try {
      await opened?.appender.close();
    } finally {
      await opened?.lock.release();
    }
  }

  async #create(): Promise<Opened> {
    const directory = dirname(this.path);
    // For nobody but the user: conversations hold secrets.
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const lock = await lockSession(this.path);
    try {
      const handle = await open(this.path, "ax", 0o600);
      await syncDirectory(directory);
      return { appender: new Appender(handle, this.path, { size: 0, prefix: this.#first }), lock };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
}

async function cutTornLine(handle: FileHandle, { soundBytes }: SessionContent): Promise<void> {
  if ((await handle.stat()).size > soundBytes) await handle.truncate(soundBytes);
}

/** A new name is there after a loss of power, too. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asTauError(error: unknown, path: string): unknown {
  if (isTauError(error)) return error;
  return new TauError("session-failed", `The session ${path} can't be opened: ${errorText(error)}`, { cause: error });
}
