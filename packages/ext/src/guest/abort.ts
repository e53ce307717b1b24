import { Event, EventTarget } from "./events.ts";

/** Only this file makes signals, and aborts them. */
const KEY: unique symbol = Symbol("abort");

/** Source: https://dom.spec.whatwg.org/#aborting-ongoing-activities */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  onabort: ((event: Event) => unknown) | null = null;

  constructor(key?: typeof KEY) {
    super();
    if (key !== KEY) throw new TypeError("Illegal constructor");
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  [KEY](reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason ?? new DOMException("This operation was aborted", "AbortError");
    this.dispatchEvent(new Event("abort"));
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(KEY);
    signal[KEY](reason);
    return signal;
  }

  static timeout(delayMs: number): AbortSignal {
    const signal = new AbortSignal(KEY);
    setTimeout(() => signal[KEY](new DOMException("The operation timed out", "TimeoutError")), delayMs);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals];
    const both = new AbortSignal(KEY);
    const first = all.find(({ aborted }) => aborted);
    if (first !== undefined) both[KEY](first.reason);
    const follow = (event: Event): void => both[KEY]((event.target as AbortSignal).reason);
    // Taken off all of them with the first: a long-lived one must not gather those that are over.
    for (const signal of all) signal.addEventListener("abort", follow, { once: true, signal: both });
    return both;
  }
}

export class AbortController {
  readonly signal = new AbortSignal(KEY);

  abort(reason?: unknown): void {
    this.signal[KEY](reason);
  }
}
