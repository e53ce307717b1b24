import type { MessageId } from "tau-protocol";
import type { Clock, Timer } from "./clock.ts";

/** Something that has until a moment of the clock. */
export interface Expiring {
  /** Milliseconds of the clock, or Infinity. */
  expiresAt: number;
}

/**
 * The deadlines of a map's entries behind one timer, set for the earliest. Most requests are answered long before theirs: a
 * timer each would be made and thrown away with every call. An entry that is taken out of the map is forgotten.
 */
export class Deadlines {
  readonly #entries: ReadonlyMap<MessageId, Expiring>;
  readonly #clock: Clock;
  readonly #onExpired: (id: MessageId) => void;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(entries: ReadonlyMap<MessageId, Expiring>, clock: Clock, onExpired: (id: MessageId) => void) {
    this.#entries = entries;
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** Call it when an entry with this deadline was put into the map. */
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
    for (const [id, { expiresAt }] of this.#entries) {
      if (expiresAt <= now) expired.push(id);
      else next = Math.min(next, expiresAt);
    }
    this.watch(next);
    for (const id of expired) this.#onExpired(id);
  }
}
