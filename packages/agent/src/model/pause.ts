import { TauError } from "tau-protocol";
import type { Clock } from "tau-rpc";

/** Longer than any pause. */
const HOLD_MS = 2 ** 30;

/**
 * Resolves after the time. The clock's timers may not keep the process alive; somebody waits for this, so it does.
 * @throws TauError `cancelled` as soon as the signal is aborted
 */
export async function pause(delayMs: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  const hold = setInterval(() => undefined, HOLD_MS);
  try {
    await untilAborted(new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs)), signal);
  } finally {
    clearInterval(hold);
  }
}

/**
 * The promise's outcome, or the abort if that is first, whatever the promise does then.
 * @throws TauError `cancelled`
 */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  // Nobody listens to it once the abort was first.
  promise.catch(() => undefined);
  if (signal.aborted) throw aborted();
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    onAbort = () => reject(aborted());
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

export function aborted(): TauError {
  return new TauError("cancelled", "The answer of the model was aborted.");
}
