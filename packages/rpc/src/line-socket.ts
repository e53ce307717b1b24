import { readSync, writeSync } from "node:fs";
import { DEFAULT_MAX_LINE_BYTES, MAX_SKIPPED_BYTES, SALVAGE_BYTES } from "tau-protocol";
import { type ChannelEnds, type Descriptors, type OpenEnds, openFds } from "./channel-ends.ts";
import { LineDecoder, type LineListener } from "./line-decoder.ts";

export interface LineSocketOptions {
  open: OpenEnds;
  /** Takes what was read: so many bytes of a buffer that is used again. */
  received(this: void, buffer: Buffer, bytes: number): void;
  /** Once, with the error where it broke rather than ended. */
  closed(this: void, error: Error | undefined): void;
  /** Where bytes may be read and written at once. Node tells the descriptors of no sockets but those it was given. */
  fds?: Descriptors | undefined;
  /**
   * Takes what has come by the end of this turn before Node opens the socket, which takes it 3 ms at its first: the answer is out by then.
   * For a process whose other side speaks first, since a descriptor that blocks is waited for. @default false
   */
  opensLate?: boolean | undefined;
}

export interface FdLinesOptions {
  /** An open, connected socket, or the end of a pipe to read from. */
  fd: number;
  /** The end of a pipe to write to. @default `fd`, a socket */
  writeFd?: number;
  /** @default 16 MiB */
  maxLineBytes?: number;
  listener: LineListener & Pick<LineSocketOptions, "closed">;
}

/** Lines over inherited descriptors, for a process that hands them on and reads none of them itself. */
export function createFdLines({
  fd,
  writeFd = fd,
  maxLineBytes = DEFAULT_MAX_LINE_BYTES,
  listener,
}: FdLinesOptions): LineSocket {
  const decoder = new LineDecoder(listener, {
    maxLineBytes,
    maxSkippedBytes: MAX_SKIPPED_BYTES,
    salvageBytes: SALVAGE_BYTES,
  });
  const received = (buffer: Buffer, bytes: number): void => decoder.push(buffer, bytes);
  const fds = { read: fd, write: writeFd };
  return new LineSocket({ open: openFds(fds), received, closed: (error) => listener.closed(error), fds });
}

const READ_BUFFER_BYTES = 64 * 1024;

/** UTF-16 units that are encoded into the buffer for short writes. */
const MAX_SCRATCH_LENGTH = 16 * 1024;

/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;

/** How long the other side may keep its half of a channel that was closed here, or that can't be written to any more. */
const OTHER_HALF_MS = 1000;

/**
 * A socket's bytes. Small writes go straight to the descriptor and reads share one buffer, which together take a fifth off an idle
 * process's round trip.
 */
export class LineSocket {
  #closed = false;
  #ending = false;
  /** Made for the first short write. */
  #scratch: Buffer | undefined;
  #ends: ChannelEnds | undefined;
  readonly #options: LineSocketOptions;

  constructor(options: LineSocketOptions) {
    this.#options = options;
    const { fds, opensLate = false } = options;
    if (fds === undefined || !opensLate) this.#ensureOpen();
    // Whoever makes this has not yet said what is to become of what is read.
    else queueMicrotask(() => this.#readFirst(fds.read));
  }

  /** Whether nothing can be written any more. */
  get isOver(): boolean {
    return this.#closed || this.#ending;
  }

  /** Bytes that the operating system has not taken yet. */
  get queuedBytes(): number {
    return this.#ends?.writes.writableLength ?? 0;
  }

  /** Whole lines, each with its newline. Bytes must not change any more. */
  write(lines: string | Buffer): void {
    const { fds } = this.#options;
    if (this.isOver) return;
    // Bytes the stream still holds come first: overtaking them would tear a line in two.
    if (fds === undefined || this.queuedBytes > 0) {
      this.#ensureOpen().writes.write(lines);
      return;
    }
    const { bytes, end } = this.#encode(lines);
    const written = writeNow(fds.write, bytes, end);
    // The buffer is not used again before the stream has sent this: until then all goes there.
    if (written < end) this.#ensureOpen().writes.write(bytes.subarray(written, end));
  }

  /** Reads what is there, without the event loop, and hands it on before it returns. @returns whether there was something */
  pull(): boolean {
    const { fds, received } = this.#options;
    if (fds === undefined || this.isOver) return false;
    const buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
    const bytes = attempt(() => readSync(fds.read, buffer));
    if (bytes === 0) throw new Error("The channel has ended.");
    if (bytes !== undefined) received(buffer, bytes);
    return bytes !== undefined;
  }

  /** Writes one line without the event loop, all of it or, where there is no room at all, nothing. */
  tryWrite(line: string): boolean {
    const { fds } = this.#options;
    if (fds === undefined || this.isOver) return true;
    const bytes = Buffer.from(line);
    let written = attempt(() => writeSync(fds.write, bytes)) ?? 0;
    if (written === 0) return false;
    // The other side reads: what was begun can be ended.
    while (written < bytes.length) written += attempt(() => writeSync(fds.write, bytes, written)) ?? 0;
    return true;
  }

  close(): void {
    if (this.isOver) return;
    this.#ending = true;
    const { reads, writes } = this.#ensureOpen();
    writes.end();
    // The other side ends its half in return. One that does not must not keep this process alive.
    setTimeout(() => reads.destroy(), OTHER_HALF_MS).unref();
  }

  #readFirst(fd: number): void {
    if (this.isOver) return;
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    let bytes = 0;
    try {
      bytes = readSync(fd, buffer);
    } catch {
      // EAGAIN: nothing has come. Anything else comes back from the socket's own read, as does the end.
    }
    try {
      if (bytes > 0) this.#options.received(buffer, bytes);
    } finally {
      // After all that this led to by then. Until it is open, nothing else keeps this process alive.
      setImmediate(() => this.#ensureOpen());
    }
  }

  #ensureOpen(): ChannelEnds {
    this.#ends ??= this.#open();
    return this.#ends;
  }

  /** Short ones into one buffer, again and again. */
  #encode(lines: string | Buffer): { bytes: Buffer; end: number } {
    if (typeof lines !== "string") return { bytes: lines, end: lines.length };
    if (lines.length > MAX_SCRATCH_LENGTH) {
      const bytes = Buffer.from(lines);
      return { bytes, end: bytes.length };
    }
    this.#scratch ??= Buffer.allocUnsafeSlow(MAX_SCRATCH_LENGTH * MAX_UTF8_BYTES);
    return { bytes: this.#scratch, end: this.#scratch.write(lines) };
  }

  #open(): ChannelEnds {
    const { open, received, closed } = this.#options;
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const { reads, writes } = open({
      buffer,
      callback: (bytes) => {
        received(buffer, bytes);
        if (bytes < READ_BUFFER_BYTES) return true;
        // There is more. Node would read on, megabytes at a time; the other channels of this process come first.
        setImmediate(() => reads.resume());
        return false;
      },
    });
    let failure: Error | undefined;
    const fail = (error: Error): void => {
      failure ??= error;
    };
    reads.on("error", fail);
    reads.on("end", () => reads.destroy());
    reads.on("close", () => {
      this.#closed = true;
      writes.destroy();
      closed(failure);
    });
    if (writes !== reads) {
      writes.on("error", fail);
      // Where it broke, what the other side has said last is still on its way.
      writes.on("close", () => setTimeout(() => reads.destroy(), OTHER_HALF_MS).unref());
    }
    reads.resume();
    return { reads, writes };
  }
}

/** `undefined` where it would have to wait. */
function attempt(run: () => number): number | undefined {
  try {
    return run();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

/** As much as the socket takes without waiting. An error is left to the stream, which reports it. */
function writeNow(fd: number, bytes: Buffer, end: number): number {
  let written = 0;
  try {
    while (written < end) written += writeSync(fd, bytes, written, end - written);
  } catch {
    // EAGAIN: the socket is full. Anything else (EPIPE) comes back from the stream's own write.
  }
  return written;
}
