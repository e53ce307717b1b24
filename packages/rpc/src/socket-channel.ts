import { connect, type OnReadOpts } from "node:net";
import { DEFAULT_MAX_LINE_BYTES, type Message } from "tau-protocol";
import { type ChannelEnds, openFds, openPipes } from "./channel-ends.ts";
import type { Channel, ChannelListener } from "./channel.ts";
import { createMessageDecoder, type MessageDecoderOptions } from "./decode.ts";
import { encodeText } from "./encode.ts";
import { LineQueue } from "./line-queue.ts";
import { LineSocket, type LineSocketOptions } from "./line-socket.ts";

export interface FdChannelOptions extends MessageDecoderOptions, Pick<LineSocketOptions, "opensLate"> {
  /** An open, connected socket, or the end of a pipe to read from. */
  fd: number;
  /** The end of a pipe to write to. @default `fd`, a socket */
  writeFd?: number;
}

export interface PathChannelOptions extends MessageDecoderOptions {
  /** A Unix socket that somebody listens on. */
  path: string;
}

export interface PipeChannelOptions extends MessageDecoderOptions {
  /** A named pipe, of which somebody may write. */
  readPath: string;
  /** A named pipe, of which somebody reads. */
  writePath: string;
}

/** A channel over inherited descriptors, for the process at the other end of the host: the extension. */
export function createFdChannel({ fd, writeFd = fd, ...options }: FdChannelOptions): Channel {
  const fds = { read: fd, write: writeFd };
  return new SocketChannel({ ...options, open: openFds(fds), fds });
}

/** A channel to whoever listens at a path. Failing to connect closes it with the error. */
export function createPathChannel(options: PathChannelOptions): Channel {
  const open = (onread: OnReadOpts): ChannelEnds => {
    const socket = connect({ path: options.path, onread });
    return { reads: socket, writes: socket };
  };
  return new SocketChannel({ ...options, open });
}

/**
 * A channel over two named pipes: bytes there and back take three quarters of the time that they take over a socket.
 * @throws Error with the operating system's code where one can't be opened
 */
export function createPipeChannel({ readPath, writePath, ...options }: PipeChannelOptions): Channel {
  const open = openFds(openPipes({ read: readPath, write: writePath }));
  // Written to by the stream alone: written to directly, an event to ten extensions costs a fifth more (docs/decisions/0035).
  return new SocketChannel({ ...options, open });
}

type SocketChannelOptions = MessageDecoderOptions & Pick<LineSocketOptions, "open" | "fds" | "opensLate">;

class SocketChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly #lines = new LineQueue((lines) => this.#socket.write(lines));
  readonly #socket: LineSocket;
  /** What came before anybody listened. Nothing does between two sides that keep to the handshake. */
  #early: ((listener: ChannelListener) => void)[] = [];
  #listener: ChannelListener | undefined;

  constructor(options: SocketChannelOptions) {
    const { open, fds, opensLate } = options;
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
      fds,
      opensLate,
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
