import type { Clock, Timer } from "tau-rpc";
import type { Generation } from "./generation.ts";

export interface IdleTimerOptions {
  clock: Clock;
  /** Infinity: it never tells. */
  idleTimeoutMs: number;
  /** When something last came for the extension, by the clock. */
  lastActive: () => number;
  onIdle: (generation: Generation) => void;
}

/** Tells when a version has had nothing to do for long enough. Nothing is done on the way of a call: it looks from time to time. */
export class IdleTimer {
  readonly #options: IdleTimerOptions;
  #timer: Timer | undefined;

  constructor(options: IdleTimerOptions) {
    this.#options = options;
  }

  start(generation: Generation): void {
    const { clock, idleTimeoutMs, onIdle } = this.#options;
    this.stop();
    // What acts by itself has always something to do.
    if (idleTimeoutMs === Number.POSITIVE_INFINITY || generation.offer?.start === "eager") return;
    const restMs = generation.busy ? idleTimeoutMs : Math.max(1, idleTimeoutMs - this.#quietMs());
    this.#timer = clock.setTimeout(() => {
      if (generation.busy || this.#quietMs() < idleTimeoutMs) this.start(generation);
      else onIdle(generation);
    }, restMs);
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #quietMs(): number {
    return this.#options.clock.now() - this.#options.lastActive();
  }
}
