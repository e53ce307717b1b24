import { isUtf8 } from "node:buffer";
import { HeldLine } from "./held-line.ts";

/** What the bytes between two newlines turned out to be. */
export interface LineListener {
  line(text: string): void;
  /** A line longer than the limit, skipped. `head` is its beginning, for finding out whose it was. */
  oversized(head: string, bytes: number): void;
  /** A line that is being skipped has grown past `maxSkippedBytes`. Once for each such line. */
  endless(bytes: number): void;
  /** A line that is not UTF-8, skipped. */
  notUtf8(head: string): void;
}

export interface LineDecoderOptions {
  /** The longest line that is delivered, in bytes without the newline. */
  maxLineBytes: number;
  /** How long a line may grow while it is skipped before `endless` is told. */
  maxSkippedBytes: number;
  /** How much of an oversized line is kept. */
  salvageBytes: number;
}

const NEWLINE = 0x0a;

/** What decoding puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Cuts a byte stream into lines. Of an unfinished line only the new chunk is searched for the newline: searching all of it each time
 * makes 10 MB cost a hundred times what 1 MB costs.
 */
export class LineDecoder {
  /** The beginning of the unfinished line, or of one that has grown too long its head. */
  readonly #held: HeldLine;
  /** The length of the unfinished line so far. */
  #bytes = 0;
  #skipping = false;
  readonly #listener: LineListener;
  readonly #options: LineDecoderOptions;

  constructor(listener: LineListener, options: LineDecoderOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#held = new HeldLine(options.maxLineBytes);
  }

  /**
   * May call the listener any number of times before it returns. The chunk may be overwritten then.
   * @param end how much of the chunk there is: a view of it, made for each read, would cost more than what is done with it
   */
  push(chunk: Buffer, end: number = chunk.length): void {
    // Nearly always a chunk ends with a line.
    const last = chunk[end - 1] === NEWLINE ? end - 1 : chunk.lastIndexOf(NEWLINE, end - 1);
    if (last === -1 || end === 0) {
      this.#keep(chunk.subarray(0, end));
      return;
    }
    let start = 0;
    if (this.#bytes > 0) {
      start = chunk.indexOf(NEWLINE) + 1;
      this.#finishLine(chunk, 0, start - 1);
    }
    if (start <= last) this.#deliverLines(chunk, start, last);
    if (last + 1 < end) this.#keep(chunk.subarray(last + 1, end));
  }

  /** The bytes after the last newline, which nothing will finish any more. */
  end(): string {
    const wasSkipping = this.#skipping;
    const rest = this.#takeHeld();
    return wasSkipping ? "" : rest.toString("utf8");
  }

  #finishLine(chunk: Buffer, start: number, end: number): void {
    const bytes = this.#bytes + end - start;
    if (this.#skipping || bytes > this.#options.maxLineBytes) {
      if (!this.#skipping) this.#keepHead(chunk.subarray(start, end));
      this.#listener.oversized(this.#takeHeld().toString("utf8"), bytes);
    } else if (this.#bytes === 0) {
      this.#deliver(chunk, start, end);
    } else {
      this.#held.append(chunk.subarray(start, end));
      this.#deliver(this.#takeHeld(), 0, bytes);
    }
  }

  /** All complete lines between two places. Decoded in one go, which for many short lines is half the work. */
  #deliverLines(chunk: Buffer, start: number, last: number): void {
    const text = chunk.toString("utf8", start, last);
    if (last - start > this.#options.maxLineBytes || text.includes(REPLACEMENT)) {
      this.#deliverOneByOne(chunk, start, last);
      return;
    }
    let from = 0;
    for (;;) {
      const to = text.indexOf("\n", from);
      const line = from === 0 && to === -1 ? text : text.slice(from, to === -1 ? undefined : to);
      if (line !== "") this.#listener.line(line);
      if (to === -1) return;
      from = to + 1;
    }
  }

  #deliverOneByOne(chunk: Buffer, start: number, last: number): void {
    for (let from = start; from <= last;) {
      const to = chunk.indexOf(NEWLINE, from);
      this.#finishLine(chunk, from, to);
      from = to + 1;
    }
  }

  #deliver(buffer: Buffer, start: number, end: number): void {
    if (start === end) return;
    const text = buffer.toString("utf8", start, end);
    // Decoding replaces what is not UTF-8 by U+FFFD, which may also stand there rightly: only then look twice.
    if (text.includes(REPLACEMENT) && !isUtf8(buffer.subarray(start, end))) {
      this.#listener.notUtf8(text.slice(0, this.#options.salvageBytes));
    } else {
      this.#listener.line(text);
    }
  }

  #keep(rest: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes += rest.length;
    const { maxSkippedBytes } = this.#options;
    if (before <= maxSkippedBytes && this.#bytes > maxSkippedBytes) this.#listener.endless(this.#bytes);
    if (this.#skipping) return;
    if (this.#bytes > this.#options.maxLineBytes) {
      this.#keepHead(rest);
      this.#skipping = true;
      return;
    }
    this.#held.append(rest);
  }

  /** Shrinks what is kept of a line that has grown too long to its head. */
  #keepHead(rest: Uint8Array): void {
    const { salvageBytes } = this.#options;
    const missing = salvageBytes - this.#held.length;
    if (missing > 0) this.#held.append(rest.subarray(0, missing));
    this.#held.cutTo(salvageBytes);
  }

  #takeHeld(): Buffer {
    this.#bytes = 0;
    this.#skipping = false;
    return this.#held.take();
  }
}
