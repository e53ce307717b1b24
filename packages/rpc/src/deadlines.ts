import type { MessageId } from "tau-protocol";
import type { Clock, Timer } from "./clock.ts";
import type { Numbered } from "./in-flight.ts";

/** Something that has until a moment of the clock. */
export interface Expiring extends Numbered {
  /** Milliseconds of the clock, or Infinity. */
  expiresAt: number;
}

/**
 * The deadlines of requests under way behind one timer, set for the earliest. Most requests are answered long before theirs: a
 * timer each would be made and thrown away with every call. One that is taken out is forgotten.
 */
export class Deadlines {
  readonly #entries: () => Iterable<Expiring>;
  readonly #clock: Clock;
  readonly #onExpired: (id: MessageId) => void;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(entries: () => Iterable<Expiring>, clock: Clock, onExpired: (id: MessageId) => void) {
    this.#entries = entries;
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** Call it when an entry with this deadline was added. */
  watch(expiresAt: number): void {
    if (expiresAt < this.#timerAt) this.#arm(expiresAt);
  }

  /** Stops the clock. */
  clear(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    this.clear();
    this.#timerAt = at;
    // Rounded up: a timer may fire a fraction of a millisecond early.
    this.#timer = this.#clock.setTimeout(() => this.#expire(), Math.max(0, Math.ceil(at - this.#clock.now())));
  }

  #expire(): void {
    this.clear();
    const now = this.#clock.now();
    const expired: MessageId[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const { id, expiresAt } of this.#entries()) {
      if (expiresAt <= now) expired.push(id);
      else next = Math.min(next, expiresAt);
    }
    this.watch(next);
    for (const id of expired) this.#onExpired(id);
  }
}
