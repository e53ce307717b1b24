import type { FileHandle } from "node:fs/promises";
import { TauError } from "tau-protocol";
import { errorText } from "tau-rpc";

interface Waiting {
  lines: string;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Puts lines at the end of a file. Each is on disk when its promise resolves; those that wait at the same time share one write and one
 * sync. What could not be written is written with what comes next.
 */
export class Appender {
  readonly #handle: FileHandle;
  readonly #path: string;
  /** How much of the file is whole lines. */
  #size: number;
  #queue: Waiting[] = [];
  #unwritten: string;
  #running: Promise<void> | undefined;

  /** `prefix`: goes before the first line, such as a newline that the last one lacks. */
  constructor(handle: FileHandle, path: string, { size, prefix }: { size: number; prefix: string }) {
    this.#handle = handle;
    this.#path = path;
    this.#size = size;
    this.#unwritten = prefix;
  }

  /** @throws TauError `session-failed` when it is not known to be on disk */
  append(lines: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ lines, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Waits for what was appended before. */
  async close(): Promise<void> {
    await this.#running;
    await this.#handle.close();
  }

  async #drain(): Promise<void> {
    // What comes in the same tick goes into the same write.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#write(this.#unwritten + batch.map(({ lines }) => lines).join(""));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(this.#asTauError(error));
      }
    }
    this.#running = undefined;
  }

  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#unwritten = text;
    try {
      // One call, so that a kill leaves at most one line in two.
      const { bytesWritten } = await this.#handle.write(bytes);
      if (bytesWritten < bytes.length) {
        throw new Error(`Expected to write ${bytes.length} bytes, could write ${bytesWritten}. Is the disk full?`);
      }
    } catch (error) {
      // If this fails, too, the lines that are written again begin behind half of the first one, which is left out when read.
      await this.#handle.truncate(this.#size).catch(() => {
        this.#unwritten = `\n${text}`;
      });
      throw error;
    }
    this.#unwritten = "";
    this.#size += bytes.length;
    await this.#handle.datasync();
    if ((await this.#handle.stat()).nlink === 0) throw new Error("the file was deleted");
  }

  #asTauError(error: unknown): TauError {
    const text = `The session can't be kept in ${this.#path}: ${errorText(error)}. What was said last is lost when this process ends.`;
    return new TauError("session-failed", text, { cause: error });
  }
}
