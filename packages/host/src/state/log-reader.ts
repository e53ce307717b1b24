import { decodeEntry, type LogEntry } from "./entry.ts";

export interface LogReaderListener {
  /** `end`: where the line ends, in bytes from the beginning of the log. */
  entry: (entry: LogEntry, end: number) => void;
  /** A line that was not written whole, or not left alone. */
  damage: (from: number, to: number) => void;
}

const NEWLINE = 0x0a;

/** Cuts the bytes of a log into entries, however they come. What is behind the last newline waits for its end. */
export class LogReader {
  readonly #listener: LogReaderListener;
  /** Where the first byte that waits is in the log. */
  #position = 0;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(listener: LogReaderListener) {
    this.#listener = listener;
  }

  /** Bytes behind the last newline: somebody writes them at this moment, or was killed when doing so. */
  get unfinished(): number {
    return this.#waiting.length;
  }

  /** Where the next bytes come from. */
  get offset(): number {
    return this.#position + this.#waiting.length;
  }

  push(chunk: Buffer): void {
    const bytes = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    let start = 0;
    // What waited has no newline: it was looked through before.
    let end = bytes.indexOf(NEWLINE, this.#waiting.length);
    while (end !== -1) {
      this.#readLine(bytes.subarray(start, end), this.#position + start);
      start = end + 1;
      end = bytes.indexOf(NEWLINE, start);
    }
    this.#position += start;
    // A copy: a piece would keep the whole chunk in memory.
    this.#waiting = Buffer.from(bytes.subarray(start));
  }

  #readLine(line: Buffer, from: number): void {
    if (line.length === 0) return;
    const end = from + line.length + 1;
    const entry = decodeEntry(line);
    if (entry === undefined) this.#listener.damage(from, end);
    else this.#listener.entry(entry, end);
  }
}
