import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { InFlight } from "../src/in-flight.ts";

test("a request is found after thousands of newer ones have come and gone", () => {
  const inFlight = new InFlight<{ id: number }>();
  const long = { id: 1 };
  inFlight.add(long);
  for (let id = 2; id <= 5000; id++) {
    inFlight.add({ id });
    expect(inFlight.take(id)).toEqual({ id });
  }
  expect(inFlight.size).toBe(1);
  expect(inFlight.get(1)).toBe(long);
  expect(inFlight.take(1)).toBe(long);
  expect(inFlight.take(1)).toBeUndefined();
  expect(inFlight.size).toBe(0);
});

test("numbers that can't be ids are nobody's", () => {
  const inFlight = new InFlight<{ id: number }>();
  inFlight.add({ id: 1 });
  for (const id of [-1, 0, 1.5, 257, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(inFlight.get(id)).toBeUndefined();
    expect(inFlight.take(id)).toBeUndefined();
  }
  expect(inFlight.all()).toEqual([{ id: 1 }]);
});

/** Ids as far apart as the other side likes, and which of those under way is taken after each. */
const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 600 }), fc.option(fc.nat())), { maxLength: 1000 });

test.prop([steps])("whatever comes and goes, it holds what a map would", (each) => {
  const inFlight = new InFlight<{ id: number }>();
  const expected = new Map<number, { id: number }>();
  let id = 0;
  for (const [step, taken] of each) {
    id += step;
    const entry = { id };
    inFlight.add(entry);
    expected.set(id, entry);
    const chosen = taken === null ? undefined : [...expected.keys()][taken % expected.size];
    if (chosen === undefined) continue;
    expect(inFlight.take(chosen)).toBe(expected.get(chosen));
    expected.delete(chosen);
    expect(inFlight.get(chosen)).toBeUndefined();
  }
  expect(inFlight.size).toBe(expected.size);
  expect(inFlight.all()).toEqual([...expected.values()]);
  for (const [key, entry] of expected) expect(inFlight.get(key)).toBe(entry);
});
