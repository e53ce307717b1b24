import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

export interface OutputDrainOptions {
  stream: Readable;
  /** Called at most every `FLUSH_INTERVAL_MS`, and once more at the end. */
  onText(text: string, droppedBytes: number): void;
}

/** How long output may be collected before it is told. */
const FLUSH_INTERVAL_MS = 20;
/** Of each interval's output the end is told, up to this much: 3 MiB a second. */
const MAX_TOLD_BYTES = 64 * 1024;
/** What is read in one interval. A program that prints more waits, as it would for any slow reader: 64 MiB a second. */
const MAX_READ_BYTES = 1280 * 1024;

/** Reads a process's output for ever, so that it never blocks, at a bounded cost. */
export class OutputDrain {
  readonly ended: Promise<void>;
  readonly #options: OutputDrainOptions;
  readonly #decoder = new StringDecoder("utf8");
  #chunks: Buffer[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;
  #readBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutputDrainOptions) {
    this.#options = options;
    const { stream } = options;
    stream.on("data", (chunk: Buffer) => this.#read(chunk));
    // A reset pipe ends like a closed one: what was read counts.
    stream.on("error", () => stream.destroy());
    this.ended = new Promise((resolve) => stream.once("close", resolve));
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#keptBytes += chunk.length;
    this.#readBytes += chunk.length;
    while (this.#keptBytes > MAX_TOLD_BYTES && this.#chunks.length > 1) this.#drop(this.#chunks.shift()?.length ?? 0);
    if (this.#readBytes >= MAX_READ_BYTES) this.#options.stream.pause();
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_INTERVAL_MS);
  }

  #drop(bytes: number): void {
    this.#keptBytes -= bytes;
    this.#droppedBytes += bytes;
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#readBytes = 0;
    if (this.#chunks.length > 0) {
      const text = this.#decoder.write(Buffer.concat(this.#chunks));
      const dropped = this.#droppedBytes;
      this.#chunks = [];
      this.#keptBytes = 0;
      this.#droppedBytes = 0;
      this.#options.onText(text, dropped);
    }
    this.#options.stream.resume();
  }
}
