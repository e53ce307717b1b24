import { TauError } from "tau-protocol";
import type { Clock, Timer } from "tau-rpc";

export interface WaitOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

interface Waiter<Thing> {
  admit(thing: Thing): void;
  refuse(error: TauError): void;
}

/** Where calls and hooks wait while an extension is being started. Each leaves it within its own time. */
export class WaitingRoom<Thing> {
  readonly #waiters = new Set<Waiter<Thing>>();
  readonly #clock: Clock;
  readonly #extensionId: string;

  constructor(extensionId: string, clock: Clock) {
    this.#extensionId = extensionId;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** @throws TauError `timed-out`, `cancelled`, or what {@link refuseAll} was given. Nothing was executed then. */
  wait({ timeoutMs, signal }: WaitOptions): Promise<Thing> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(this.#cancelled(signal));
        return;
      }
      let timer: Timer | undefined;
      const leave = (): void => {
        this.#waiters.delete(waiter);
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
      };
      const waiter: Waiter<Thing> = {
        admit: (thing) => (leave(), resolve(thing)),
        refuse: (error) => (leave(), reject(error)),
      };
      const giveUp = (): void => waiter.refuse(this.#cancelled(signal));
      if (timeoutMs !== Number.POSITIVE_INFINITY) {
        timer = this.#clock.setTimeout(() => waiter.refuse(this.#late(timeoutMs)), Math.max(0, timeoutMs));
      }
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiters.add(waiter);
    });
  }

  admitAll(thing: Thing): void {
    for (const waiter of this.#waiters) waiter.admit(thing);
  }

  refuseAll(createError: () => TauError): void {
    for (const waiter of this.#waiters) waiter.refuse(createError());
  }

  #late(timeoutMs: number): TauError {
    const text = `Extension \`${this.#extensionId}\` did not run again within ${Math.round(timeoutMs)} ms.`;
    return new TauError("timed-out", text, { extensionId: this.#extensionId, executed: "no", retryable: true });
  }

  #cancelled(signal: AbortSignal | undefined): TauError {
    const text = `The call was cancelled while extension \`${this.#extensionId}\` was being started.`;
    const facts = { extensionId: this.#extensionId, executed: "no", cause: signal?.reason as unknown } as const;
    return new TauError("cancelled", text, facts);
  }
}
