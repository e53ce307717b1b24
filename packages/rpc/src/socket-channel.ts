import { writeSync } from "node:fs";
import { connect, type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import { DEFAULT_MAX_LINE_BYTES, type Message } from "tau-protocol";
import type { Channel, ChannelListener } from "./channel.ts";
import { createMessageDecoder, type MessageDecoderOptions } from "./decode.ts";
import { encodeLine } from "./encode.ts";
import type { LineDecoder } from "./line-decoder.ts";
import { LineQueue } from "./line-queue.ts";

export interface FdChannelOptions extends MessageDecoderOptions {
  /** An open, connected socket. */
  fd: number;
}

export interface PathChannelOptions extends MessageDecoderOptions {
  /** A Unix socket that somebody listens on. */
  path: string;
}

/**
 * A channel over an inherited socket, for the process at the other end of the host: the extension. Small writes go straight
 * to the descriptor and reads share one buffer, which together take a fifth off an idle process's round trip.
 */
export function createFdChannel(options: FdChannelOptions): Channel {
  const { fd } = options;
  // Node takes `onread` here as in `connect`; its types do not know it.
  return new SocketChannel((onread) => new Socket({ fd, onread } as SocketConstructorOpts), options, fd);
}

/** A channel to whoever listens at a path. Failing to connect closes it with the error. */
export function createPathChannel(options: PathChannelOptions): Channel {
  return new SocketChannel((onread) => connect({ path: options.path, onread }), options);
}

const READ_BUFFER_BYTES = 64 * 1024;

/** How long the other side may keep its half of a channel that was closed here. */
const OTHER_HALF_MS = 1000;

class SocketChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly #lines = new LineQueue((lines) => this.#write(lines));
  #closed = false;
  #ending = false;
  readonly #socket: Socket;
  readonly #decoder: LineDecoder;
  /** What came before anybody listened. Nothing does between two sides that keep to the handshake. */
  #early: ((listener: ChannelListener) => void)[] = [];
  #listener: ChannelListener | undefined;
  /** Where bytes may be written at once. Node tells the descriptor of no other socket. */
  readonly #fd: number | undefined;

  constructor(open: (onread: OnReadOpts) => Socket, options: MessageDecoderOptions, fd?: number) {
    this.#fd = fd;
    this.#decoder = createMessageDecoder(
      {
        message: (message) => this.#tell((listener) => listener.message(message)),
        fault: (fault) => this.#tell((listener) => listener.fault(fault)),
        closed: (error) => this.#tell((listener) => listener.closed(error)),
      },
      { ...options, chunksAreReused: true },
    );
    this.#socket = this.#openSocket(open);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#lines.length;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell(listener);
  }

  send(message: Message): void {
    if (this.#closed || this.#ending) return;
    this.#lines.add(encodeLine(message, this.maxSendBytes));
  }

  close(): void {
    if (this.#closed || this.#ending) return;
    this.#lines.flush();
    this.#ending = true;
    this.#socket.end();
    // The other side ends its half in return. One that does not must not keep this process alive.
    setTimeout(() => this.#socket.destroy(), OTHER_HALF_MS).unref();
  }

  #openSocket(open: (onread: OnReadOpts) => Socket): Socket {
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const socket = open({
      buffer,
      callback: (bytes) => {
        this.#decoder.push(bytes === READ_BUFFER_BYTES ? buffer : buffer.subarray(0, bytes));
        if (bytes < READ_BUFFER_BYTES) return true;
        // There is more. Node would read on, megabytes at a time; the other channels of this process come first.
        setImmediate(() => socket.resume());
        return false;
      },
    });
    let failure: Error | undefined;
    socket.on("error", (error: Error) => {
      failure = error;
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#finish(failure));
    socket.resume();
    return socket;
  }

  #finish(failure: Error | undefined): void {
    this.#closed = true;
    const rest = this.#decoder.end();
    if (rest.trim() !== "") this.#tell((listener) => listener.fault({ kind: "unfinished-line", text: rest }));
    this.#tell((listener) => listener.closed(failure));
  }

  #tell(tell: (listener: ChannelListener) => void): void {
    if (this.#listener === undefined) this.#early.push(tell);
    else tell(this.#listener);
  }

  #write(lines: string): void {
    const socket = this.#socket;
    if (this.#closed || this.#ending) return;
    // Bytes the stream still holds come first: overtaking them would tear a line in two.
    if (this.#fd === undefined || socket.writableLength > 0) {
      socket.write(lines);
      return;
    }
    const bytes = Buffer.from(lines);
    const written = writeNow(this.#fd, bytes);
    if (written < bytes.length) socket.write(bytes.subarray(written));
  }
}

/** As much as the socket takes without waiting. An error is left to the stream, which reports it. */
function writeNow(fd: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch {
    // EAGAIN: the socket is full. Anything else (EPIPE) comes back from the stream's own write.
  }
  return written;
}
