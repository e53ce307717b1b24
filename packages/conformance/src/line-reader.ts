import type { Readable } from "node:stream";
import type { JsonObject } from "tau-protocol";
import { CheckFailure, shown } from "./failure.ts";

/** What came over the channel: a message, a line that is none, or what the end of the channel cut off. */
export type Received = { line: JsonObject; text: string } | { broken: string } | { cut: string };

/** The extension's lines, in order. */
export class LineReader {
  readonly #received: Received[] = [];
  #pieces: Buffer[] = [];
  #wake: (() => void) | undefined;
  #hasEnded = false;

  constructor(readable: Readable) {
    readable.on("data", (chunk: Buffer) => this.#take(chunk));
    for (const event of ["end", "close", "error"]) readable.on(event, () => this.#end());
  }

  /** The next one, or `undefined` when the channel has ended. */
  async next(): Promise<Received | undefined> {
    while (this.#received.length === 0) {
      if (this.#hasEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift();
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#pieces.push(chunk.subarray(start, end));
      this.#received.push(parse(Buffer.concat(this.#pieces)));
      this.#pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#pieces.push(chunk.subarray(start));
    this.#wake?.();
  }

  #end(): void {
    if (!this.#hasEnded && this.#pieces.length > 0)
      this.#received.push({ cut: Buffer.concat(this.#pieces).toString() });
    this.#hasEnded = true;
    this.#wake?.();
  }
}

function parse(bytes: Buffer): Received {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const line = JSON.parse(text) as unknown;
    if (typeof line === "object" && line !== null && !Array.isArray(line)) return { line: line as JsonObject, text };
  } catch {
    // Told by the caller, as every line that is no message.
  }
  return { broken: bytes.toString() };
}

/** F-1 as a failure. */
export function notALine(broken: string): CheckFailure {
  return new CheckFailure("one JSON object in UTF-8 on each line (F-1)", shown(broken));
}
