import type { MessageId } from "tau-protocol";
import type { Clock, Timer } from "./clock.ts";

/**
 * Deadlines of many requests behind one timer, set for the earliest. Most requests are answered long before theirs: a timer
 * each would be made and thrown away with every call.
 */
export class Deadlines {
  readonly #at = new Map<MessageId, number>();
  readonly #clock: Clock;
  readonly #onExpired: (id: MessageId) => void;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onExpired: (id: MessageId) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  add(id: MessageId, delayMs: number): void {
    const at = this.#clock.now() + delayMs;
    this.#at.set(id, at);
    if (at < this.#timerAt) this.#arm(at);
  }

  delete(id: MessageId): void {
    this.#at.delete(id);
  }

  clear(): void {
    this.#at.clear();
    this.#disarm();
  }

  #arm(at: number): void {
    this.#disarm();
    this.#timerAt = at;
    // Rounded up: a timer may fire a fraction of a millisecond early.
    this.#timer = this.#clock.setTimeout(() => this.#expire(), Math.max(0, Math.ceil(at - this.#clock.now())));
  }

  #disarm(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #expire(): void {
    this.#disarm();
    const now = this.#clock.now();
    const expired = [...this.#at].filter(([, at]) => at <= now).map(([id]) => id);
    for (const id of expired) this.#at.delete(id);
    const next = Math.min(...this.#at.values());
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
    for (const id of expired) this.#onExpired(id);
  }
}
