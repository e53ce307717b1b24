import { isUtf8 } from "node:buffer";

/** What the bytes between two newlines turned out to be. */
export interface LineListener {
  line(text: string): void;
  /** A line longer than the limit, skipped. `head` is its beginning, for finding out whose it was. */
  oversized(head: string, bytes: number): void;
  /** A line that is not UTF-8, skipped. */
  notUtf8(head: string): void;
}

export interface LineDecoderOptions {
  /** The longest line that is delivered, in bytes without the newline. */
  maxLineBytes: number;
  /** How much of an oversized line is kept. */
  salvageBytes: number;
  /** Whether the caller overwrites a chunk after `push` returns; what is kept is copied then. @default false */
  chunksAreReused?: boolean;
}

const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines. A line's chunks are kept as a list and joined once, when its newline arrives, and only
 * the new chunk is searched: joining as they come makes 10 MB cost a hundred times what 1 MB costs.
 */
export class LineDecoder {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #skipping = false;
  readonly #listener: LineListener;
  readonly #options: LineDecoderOptions;

  constructor(listener: LineListener, options: LineDecoderOptions) {
    this.#listener = listener;
    this.#options = options;
  }

  /** May call the listener any number of times before it returns. */
  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#finishLine(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start));
  }

  /** The bytes after the last newline, which nothing will finish any more. */
  end(): string {
    const rest = this.#skipping ? "" : Buffer.concat(this.#chunks).toString("utf8");
    this.#forget();
    return rest;
  }

  #finishLine(chunk: Buffer, start: number, end: number): void {
    const bytes = this.#bytes + end - start;
    if (this.#skipping || bytes > this.#options.maxLineBytes) {
      if (!this.#skipping) this.#keepHead(chunk.subarray(start, end));
      const head = Buffer.concat(this.#chunks).toString("utf8");
      this.#forget();
      this.#listener.oversized(head, bytes);
      return;
    }
    if (this.#bytes === 0) {
      this.#deliver(chunk, start, end);
      return;
    }
    this.#chunks.push(chunk.subarray(start, end));
    const joined = Buffer.concat(this.#chunks, bytes);
    this.#forget();
    this.#deliver(joined, 0, bytes);
  }

  #deliver(buffer: Buffer, start: number, end: number): void {
    if (start === end) return;
    const text = buffer.toString("utf8", start, end);
    // Decoding replaces what is not UTF-8 by U+FFFD, which may also stand there rightly: only then look twice.
    if (text.includes("\uFFFD") && !isUtf8(buffer.subarray(start, end))) {
      this.#listener.notUtf8(text.slice(0, this.#options.salvageBytes));
    } else {
      this.#listener.line(text);
    }
  }

  #keep(rest: Uint8Array): void {
    this.#bytes += rest.length;
    if (this.#skipping) return;
    if (this.#bytes > this.#options.maxLineBytes) {
      this.#keepHead(rest);
      this.#skipping = true;
      return;
    }
    this.#chunks.push(this.#options.chunksAreReused === true ? Uint8Array.prototype.slice.call(rest) : rest);
  }

  /** Shrinks what is kept of a line that has grown too long to its head. */
  #keepHead(rest: Uint8Array): void {
    const head = Buffer.concat([...this.#chunks, rest.subarray(0, this.#options.salvageBytes)]);
    this.#chunks = [Buffer.from(head.subarray(0, this.#options.salvageBytes))];
  }

  #forget(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#skipping = false;
  }
}
