import { TauError } from "tau-protocol";

/** Requests to servers at a time, for one extension. Browsers have six for each server. */
const MOST_ACTIVE = 8;

/** Requests that wait for their turn, and all of their bodies, in bytes. */
const MOST_WAITING = 10_000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/** How soon it is looked again whether the extension reads what it was answered, in milliseconds. */
const LOOK_AGAIN_MS = 20;

/**
 * Lets an extension's requests to servers begin, a few at a time, and none while it does not read what came of those before: answers are
 * long, and an extension that only asks would fill the host with them.
 */
export class FetchQueue {
  readonly #isCongested: () => boolean;
  readonly #waiting = new Set<{ begin: () => void }>();
  #active = 0;
  #waitingBytes = 0;
  #looksAgain = false;

  constructor(isCongested: () => boolean) {
    this.#isCongested = isCongested;
  }

  /** @throws TauError `overloaded` where too much waits already; the signal's reason */
  async run<Result>(bytes: number, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#turn(bytes, signal);
    try {
      return await work();
    } finally {
      this.#active -= 1;
      this.#next();
    }
  }

  #turn(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING || this.#waitingBytes + bytes > MOST_WAITING_BYTES) {
      const text =
        "Too many requests of this extension wait for their turn, so this one was not sent. Try again later.";
      throw new TauError("overloaded", text, { executed: "no", retryable: true });
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(entry);
        this.#waitingBytes -= bytes;
      };
      const giveUp = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      const entry = {
        begin: () => {
          signal.removeEventListener("abort", giveUp);
          leave();
          this.#active += 1;
          resolve();
        },
      };
      this.#waiting.add(entry);
      this.#waitingBytes += bytes;
      if (signal.aborted) giveUp();
      else signal.addEventListener("abort", giveUp, { once: true });
      this.#next();
    });
  }

  #next(): void {
    for (const { begin } of this.#waiting) {
      if (this.#active >= MOST_ACTIVE) return;
      if (this.#isCongested()) {
        this.#lookAgain();
        return;
      }
      begin();
    }
  }

  /** Nobody tells when it has read. While nobody waits, nobody looks. */
  #lookAgain(): void {
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    setTimeout(() => {
      this.#looksAgain = false;
      this.#next();
    }, LOOK_AGAIN_MS);
  }
}
