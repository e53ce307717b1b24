import type { Clock, Timer } from "tau-rpc";

export interface WarmUpOptions {
  clock: Clock;
  /** Makes ready what the first call needs. */
  run: () => void;
}

/**
 * For how long nothing may have been loaded before that is done, in milliseconds: a host that only offers what it knows should be there
 * at once, and what is made ready too early takes its time from that.
 */
const QUIET_MS = 100;

/** Makes ready what the first call needs, once, when a host has nothing else to do. */
export class WarmUp {
  readonly #options: WarmUpOptions;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(options: WarmUpOptions) {
    this.#options = options;
    this.postpone();
  }

  /** Something else is being done. */
  postpone(): void {
    const { clock, run } = this.#options;
    clock.clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.#timer = clock.setTimeout(() => {
      this.#isOver = true;
      run();
    }, QUIET_MS);
  }

  close(): void {
    this.#isOver = true;
    this.#options.clock.clearTimeout(this.#timer);
  }
}
