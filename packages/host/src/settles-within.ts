import type { Clock, Timer } from "tau-rpc";

/** Whether a promise that never rejects settles within the time. Resolves at the earlier of the two. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<false>((resolve) => {
    timer = clock.setTimeout(() => resolve(false), timeoutMs);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clock.clearTimeout(timer);
  return inTime;
}
