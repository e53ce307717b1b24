import type { GuestHost } from "./host-functions.ts";

type Callback = (...args: unknown[]) => void;

interface TimerOptions {
  callback: Callback;
  args: unknown[];
  delayMs: number;
  repeats: boolean;
}

/** What Node's timers answer, for those who unref them: here nothing is kept alive by a timer. */
class Timeout {
  dueMs = 0;
  readonly id: number;
  readonly options: TimerOptions;

  constructor(id: number, options: TimerOptions) {
    this.id = id;
    this.options = options;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

/** All timers behind one alarm of the runner's, which keeps nothing of them: a million timers are the guest's own memory. */
export class Timers {
  /** By due time, those set first first. */
  readonly #queue: Timeout[] = [];
  readonly #host: Pick<GuestHost, "setAlarm">;
  #lastId = 0;

  constructor(host: Pick<GuestHost, "setAlarm">) {
    this.#host = host;
  }

  /** What authors know by these names. */
  globals(): object {
    const start =
      (repeats: boolean) =>
      (callback: Callback, delayMs?: unknown, ...args: unknown[]) =>
        this.#start({ callback, args, delayMs: readDelay(delayMs), repeats });
    const clear = (timer: unknown): void => this.#clear(timer);
    return {
      setTimeout: start(false),
      setInterval: start(true),
      setImmediate: (callback: Callback, ...args: unknown[]) =>
        this.#start({ callback, args, delayMs: 0, repeats: false }),
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    };
  }

  /** Runs the timer that is due: one, so that what follows of it comes before the next. */
  fire(): void {
    const [first] = this.#queue;
    if (first === undefined || first.dueMs > performance.now()) {
      this.#arm();
      return;
    }
    this.#queue.shift();
    const { callback, args, repeats } = first.options;
    if (repeats) this.#insert(first);
    this.#arm();
    callback(...args);
  }

  #start(options: TimerOptions): Timeout {
    if (typeof options.callback !== "function")
      throw new TypeError(`Expected a function to call later, got ${typeof options.callback}.`);
    const timer = new Timeout(++this.#lastId, options);
    this.#insert(timer);
    if (this.#queue[0] === timer) this.#arm();
    return timer;
  }

  #insert(timer: Timeout): void {
    timer.dueMs = performance.now() + timer.options.delayMs;
    let [low, high] = [0, this.#queue.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle]?.dueMs ?? 0) <= timer.dueMs) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, timer);
  }

  #clear(timer: unknown): void {
    const id = Number(timer);
    const index = this.#queue.findIndex((each) => each === timer || each.id === id);
    if (index === -1) return;
    this.#queue.splice(index, 1);
    if (index === 0) this.#arm();
  }

  #arm(): void {
    const [first] = this.#queue;
    this.#host.setAlarm(first === undefined ? -1 : Math.max(0, first.dueMs - performance.now()));
  }
}

/** As Node reads it. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
function readDelay(value: unknown): number {
  const delayMs = Number(value ?? 1);
  return delayMs >= 1 && delayMs <= 2 ** 31 - 1 ? delayMs : 1;
}
