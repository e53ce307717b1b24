import type { Clock } from "tau-rpc";

/** What a promise settles with, or the signal's reason as soon as that is aborted. */
export function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    void promise.then(resolve, reject).then(() => signal.removeEventListener("abort", giveUp));
  });
}

/** Waits so long, or until the signal is aborted. */
export function pause(durationMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimeout(end, signal.aborted ? 0 : durationMs);
    signal.addEventListener("abort", end, { once: true });
  });
}

export interface LinkedSignal {
  signal: AbortSignal;
  /** Follows no longer. */
  release: () => void;
}

/**
 * A signal that is aborted with the first of these. `AbortSignal.any` would leave a trace on each of them, and one of them lives as
 * long as its extension.
 */
export function linkSignals(...given: (AbortSignal | undefined)[]): LinkedSignal {
  const signals = given.filter((signal) => signal !== undefined);
  const controller = new AbortController();
  const release = (): void => signals.forEach((signal) => signal.removeEventListener("abort", follow));
  const follow = (): void => {
    release();
    controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  };
  for (const signal of signals) signal.addEventListener("abort", follow, { once: true });
  if (signals.some(({ aborted }) => aborted)) follow();
  return { signal: controller.signal, release };
}
