import type { Readable, Writable } from "node:stream";
import { DEFAULT_MAX_LINE_BYTES, type Message } from "tau-protocol";
import type { Channel, ChannelListener } from "./channel.ts";
import { createMessageDecoder, type MessageDecoderOptions } from "./decode.ts";
import { encodeText } from "./encode.ts";
import { LineQueue } from "./line-queue.ts";

export interface StreamChannelOptions extends MessageDecoderOptions {
  readable: Readable;
  /** The same object as `readable` for a socket. */
  writable: Writable;
}

/** A channel over Node streams: a child's pipes, a socket, this process's own stdin and stdout. */
export function createStreamChannel(options: StreamChannelOptions): Channel {
  return new StreamChannel(options);
}

/** How long a channel that can't be written to any more is read: what is in the pipe, and not what may still come. */
const LAST_WORDS_MS = 1000;

class StreamChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly #lines = new LineQueue((lines) => this.#write(lines));
  #closed = false;
  #ending = false;
  #lastWords: NodeJS.Timeout | undefined;
  readonly #options: StreamChannelOptions;

  constructor(options: StreamChannelOptions) {
    this.#options = options;
  }

  get queuedBytes(): number {
    return this.#options.writable.writableLength + this.#lines.length;
  }

  listen(listener: ChannelListener): void {
    const { readable, writable } = this.#options;
    const decoder = createMessageDecoder(listener, this.#options);
    let failure: Error | undefined;
    const finish = (): void => {
      if (this.#closed) return;
      this.#closed = true;
      clearTimeout(this.#lastWords);
      const rest = decoder.end();
      if (rest.trim() !== "") listener.fault({ kind: "unfinished-line", text: rest });
      if (!writable.destroyed) writable.destroy();
      listener.closed(failure);
    };
    const fail = (error: Error): void => {
      failure ??= error;
    };
    readable.on("data", (chunk: Buffer) => decoder.push(chunk));
    readable.on("end", finish);
    readable.on("error", fail);
    readable.on("close", finish);
    if (readable === (writable as unknown)) return;
    // The read side tells when the channel ends. A write side that fails or is gone, as a dead child's stdin is at once,
    // only means that it is about to: the other side's last answers are still in the pipe.
    writable.on("error", (error: Error) => {
      fail(error);
      this.#awaitLastWords();
    });
    writable.on("close", () => this.#awaitLastWords());
  }

  send(message: Message): void {
    if (this.#closed || this.#ending) return;
    this.#lines.add(encodeText(message, this.maxSendBytes));
  }

  close(): void {
    if (this.#closed || this.#ending) return;
    this.#lines.flush();
    this.#ending = true;
    const { readable, writable } = this.#options;
    writable.end(() => {
      if (!readable.destroyed) readable.destroy();
    });
  }

  #awaitLastWords(): void {
    if (this.#closed || this.#lastWords !== undefined) return;
    this.#ending = true;
    this.#lastWords = setTimeout(() => this.#options.readable.destroy(), LAST_WORDS_MS).unref();
  }

  #write(lines: string | Buffer): void {
    if (!this.#closed && !this.#ending) this.#options.writable.write(lines);
  }
}
