/** Room of this size stays for the next line; more is given back when somebody needs it, in bytes. */
const KEPT_BYTES = 64 * 1024;

/**
 * The beginning of a line that has not ended, in one buffer that grows. A list of its chunks, joined when it ends, means twice as many
 * fresh pages of memory for a large line, which take longer than all copying.
 */
export class HeldLine {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  /** The last large one. It is used again if nobody has wanted its memory: an idle channel must not keep megabytes. */
  #last: WeakRef<Buffer> | undefined;
  readonly #maxBytes: number;

  /** @param maxBytes more is never appended */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  append(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#buffer.length) {
      const larger = this.#roomFor(length);
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }

  /** Forgets all after its first bytes. */
  cutTo(bytes: number): void {
    const head = this.#buffer.subarray(0, Math.min(bytes, this.#length));
    this.#buffer = Buffer.from(head);
    this.#length = head.length;
  }

  /** What was held, and is no longer: it may be overwritten by the next `append`. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#length);
    if (this.#buffer.length > KEPT_BYTES) {
      this.#last = new WeakRef(this.#buffer);
      this.#buffer = Buffer.alloc(0);
    }
    this.#length = 0;
    return taken;
  }

  #roomFor(length: number): Buffer {
    const last = this.#last?.deref();
    this.#last = undefined;
    if (last !== undefined && last.length >= length) return last;
    // Twice as much each time: what is copied stays below the length of the line.
    return Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.#buffer.length, this.#maxBytes)));
  }
}
