/** Whether the scenarios run at the size that their claims speak of. Otherwise they run at one that every change can afford. */
export const isFull = process.env["TAU_CHAOS"] === "full";

/** A count, or a bound. */
export function sized<Value>({ full, quick }: { full: Value; quick: Value }): Value {
  return isFull ? full : quick;
}

/** For a whole scenario, in milliseconds. */
export const SCENARIO_TIMEOUT_MS = sized({ full: 1_800_000, quick: 90_000 });
