import type { Clock } from "tau-rpc";

/** Time that stands still until it is moved. */
export class StillClock implements Clock {
  #now = 0;
  readonly #timers = new Map<object, { at: number; run: () => void }>();

  now = (): number => this.#now;

  setTimeout = (run: () => void, delayMs: number): object => {
    const timer = {};
    this.#timers.set(timer, { at: this.#now + delayMs, run });
    return timer;
  };

  clearTimeout = (timer: object | number | undefined): void => {
    this.#timers.delete(timer as object);
  };

  get waiting(): number {
    return this.#timers.size;
  }

  move(ms: number): void {
    this.#now += ms;
    for (const [timer, { at, run }] of this.#timers) {
      if (at > this.#now) continue;
      this.#timers.delete(timer);
      run();
    }
  }
}
