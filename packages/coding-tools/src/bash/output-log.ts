import { closeSync, openSync, writeSync } from "node:fs";
import { count, showBytes } from "../sizes.ts";
import { plainText } from "./plain-text.ts";

/** Bytes shown of the beginning and of the end: what went wrong is told at the end. */
const HEAD_BYTES = 10 * 1024;
const TAIL_BYTES = 30 * 1024;

/** Bytes kept in the file. A command that writes without end must not fill the disk. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Takes what a command writes: shows the beginning and the end, and keeps all of it in a file if that leaves something out. */
export class OutputLog {
  /** Bytes so far. */
  total = 0;
  readonly #path: string;
  #lineFeeds = 0;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #file: number | undefined;
  #fileBytes = 0;
  #fileFault: string | undefined;
  #onDisk = false;

  /** @param path of the file, which is made when it is needed */
  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Buffer): void {
    this.total += chunk.length;
    for (const byte of chunk) if (byte === 10) this.#lineFeeds += 1;
    if (this.#onDisk) this.#writeFile(chunk);
    const fitting = chunk.subarray(0, HEAD_BYTES - this.#headBytes);
    this.#head.push(fitting);
    this.#headBytes += fitting.length;
    this.#tail.push(chunk.subarray(fitting.length));
    this.#tailBytes += chunk.length - fitting.length;
    if (this.#tailBytes > TAIL_BYTES) this.keep();
    this.#forgetMiddle();
  }

  /** Puts everything so far into the file, and what comes from now on. */
  keep(): void {
    if (this.#onDisk) return;
    this.#onDisk = true;
    try {
      this.#file = openSync(this.#path, "wx", 0o600);
    } catch (error) {
      // The command goes on; whoever reads the result is told.
      this.#fileFault = (error as Error).message;
    }
    for (const part of [...this.#head, ...this.#tail]) this.#writeFile(part);
  }

  /** The file that has everything, where there is one. */
  get path(): string | undefined {
    return this.#onDisk && this.#fileFault === undefined ? this.#path : undefined;
  }

  /** What is shown to the model, with a note in the place of what is not. */
  text(): string {
    if (this.total <= HEAD_BYTES + TAIL_BYTES) return show(Buffer.concat([...this.#head, ...this.#tail]));
    const head = upToLastLine(Buffer.concat(this.#head));
    const tail = fromFirstLine(Buffer.concat(this.#tail).subarray(-TAIL_BYTES));
    const lines = this.#lineFeeds - lineFeedsIn(head) - lineFeedsIn(tail);
    const bytes = this.total - head.length - tail.length;
    return `${show(head)}\n[… ${count(lines, "line")}, ${showBytes(bytes)} left out. ${this.#whereAllIs()}]\n${show(tail)}`;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #whereAllIs(): string {
    if (this.#fileFault !== undefined) return `It could not be kept: ${this.#fileFault}`;
    const what = this.#fileBytes < this.total ? `The first ${showBytes(MAX_FILE_BYTES)}` : "All of it";
    return `${what} is in ${this.#path}`;
  }

  #writeFile(chunk: Buffer): void {
    const fitting = chunk.subarray(0, MAX_FILE_BYTES - this.#fileBytes);
    if (this.#file === undefined || fitting.length === 0) return;
    try {
      writeSync(this.#file, fitting);
      this.#fileBytes += fitting.length;
    } catch (error) {
      this.#fileFault = (error as Error).message;
      this.close();
    }
  }

  /** Joined only when twice as much as needed is there, so that the work grows with the output and not faster. */
  #forgetMiddle(): void {
    if (this.#tailBytes < 2 * TAIL_BYTES) return;
    const tail = Buffer.from(Buffer.concat(this.#tail).subarray(-TAIL_BYTES));
    this.#tail = [tail];
    this.#tailBytes = tail.length;
  }
}

function show(bytes: Buffer): string {
  return plainText(bytes.toString("utf8")).trimEnd();
}

function upToLastLine(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(10);
  return end === -1 ? bytes : bytes.subarray(0, end + 1);
}

function fromFirstLine(bytes: Buffer): Buffer {
  const start = bytes.indexOf(10);
  return start === -1 || start === bytes.length - 1 ? bytes : bytes.subarray(start + 1);
}

function lineFeedsIn(bytes: Buffer): number {
  return bytes.reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 0);
}
