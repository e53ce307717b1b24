import type { Readable, Writable } from "node:stream";
import { DEFAULT_MAX_LINE_BYTES, type Message } from "tau-protocol";
import type { Channel, ChannelListener } from "./channel.ts";
import { createMessageDecoder, type MessageDecoderOptions } from "./decode.ts";
import { encodeLine } from "./encode.ts";

export interface StreamChannelOptions extends MessageDecoderOptions {
  readable: Readable;
  /** The same object as `readable` for a socket. */
  writable: Writable;
}

/** A channel over Node streams: a child's pipes, a socket, this process's own stdin and stdout. */
export function createStreamChannel(options: StreamChannelOptions): Channel {
  return new StreamChannel(options);
}

class StreamChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  #lines = "";
  #closed = false;
  #ending = false;
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
    const finish = (error?: Error): void => {
      if (this.#closed) return;
      this.#closed = true;
      const rest = decoder.end();
      if (rest.trim() !== "") listener.fault({ kind: "unfinished-line", text: rest });
      if (!writable.destroyed) writable.destroy();
      listener.closed(error);
    };
    readable.on("data", (chunk: Buffer) => decoder.push(chunk));
    readable.on("end", () => finish());
    readable.on("close", () => finish());
    readable.on("error", finish);
    // The read side tells how the channel ended; a failing write alone (EPIPE) only means that it is about to.
    writable.on("error", (error: Error) => {
      if (readable !== (writable as unknown)) readable.destroy();
      finish(error);
    });
    writable.on("close", () => finish());
  }

  send(message: Message): void {
    if (this.#closed || this.#ending) return;
    const line = encodeLine(message, this.maxSendBytes);
    if (this.#lines === "") process.nextTick(() => this.#flush());
    this.#lines += line;
  }

  close(): void {
    if (this.#closed || this.#ending) return;
    this.#flush();
    this.#ending = true;
    const { readable, writable } = this.#options;
    writable.end(() => {
      if (!readable.destroyed) readable.destroy();
    });
  }

  #flush(): void {
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "" && !this.#closed && !this.#ending) this.#options.writable.write(lines);
  }
}
