import { connect } from "node:net";
import { DEFAULT_MAX_LINE_BYTES, type Message } from "tau-protocol";
import type { Channel, ChannelListener } from "./channel.ts";
import { createMessageDecoder, type MessageDecoderOptions } from "./decode.ts";
import { encodeText } from "./encode.ts";
import { LineQueue } from "./line-queue.ts";
import { LineSocket, type LineSocketOptions, openFd } from "./line-socket.ts";

export interface FdChannelOptions extends MessageDecoderOptions, Pick<LineSocketOptions, "opensLate"> {
  /** An open, connected socket. */
  fd: number;
}

export interface PathChannelOptions extends MessageDecoderOptions {
  /** A Unix socket that somebody listens on. */
  path: string;
}

/** A channel over an inherited socket, for the process at the other end of the host: the extension. */
export function createFdChannel(options: FdChannelOptions): Channel {
  return new SocketChannel(openFd(options.fd), options);
}

/** A channel to whoever listens at a path. Failing to connect closes it with the error. */
export function createPathChannel(options: PathChannelOptions): Channel {
  return new SocketChannel((onread) => connect({ path: options.path, onread }), options);
}

class SocketChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly #lines = new LineQueue((lines) => this.#socket.write(lines));
  readonly #socket: LineSocket;
  /** What came before anybody listened. Nothing does between two sides that keep to the handshake. */
  #early: ((listener: ChannelListener) => void)[] = [];
  #listener: ChannelListener | undefined;

  constructor(
    open: LineSocketOptions["open"],
    options: MessageDecoderOptions & { fd?: number; opensLate?: boolean | undefined },
  ) {
    const decoder = createMessageDecoder(
      {
        message: (message) => {
          // Not by `#tell`: with 64 calls in flight its closure for each message takes 2 % of a channel's CPU.
          if (this.#listener !== undefined) this.#listener.message(message);
          else this.#early.push((listener) => listener.message(message));
        },
        fault: (fault) => this.#tell((listener) => listener.fault(fault)),
        closed: () => {},
      },
      options,
    );
    this.#socket = new LineSocket({
      open,
      received: (buffer, bytes) => {
        // What is answered at once is known when all that was read has been handed on.
        this.#lines.hold();
        try {
          decoder.push(buffer, bytes);
        } finally {
          this.#lines.release();
        }
      },
      closed: (error) => this.#finish(decoder.end(), error),
      fd: options.fd,
      opensLate: options.opensLate,
    });
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes + this.#lines.length;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell(listener);
  }

  send(message: Message): void {
    if (this.#socket.isOver) return;
    this.#lines.add(encodeText(message, this.maxSendBytes));
  }

  close(): void {
    if (this.#socket.isOver) return;
    this.#lines.flush();
    this.#socket.close();
  }

  #finish(rest: string, failure: Error | undefined): void {
    if (rest.trim() !== "") this.#tell((listener) => listener.fault({ kind: "unfinished-line", text: rest }));
    this.#tell((listener) => listener.closed(failure));
  }

  #tell(tell: (listener: ChannelListener) => void): void {
    if (this.#listener === undefined) this.#early.push(tell);
    else tell(this.#listener);
  }
}
