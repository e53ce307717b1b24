import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { CrashPolicy } from "../../src/crash-policy.ts";

const LONGEST_MS = 45_000;

function createPolicy({ maxCrashes = 3, crashWindowMs = 1000, random = (): number => 0.5 } = {}): {
  policy: CrashPolicy;
  time: { now: number };
} {
  const time = { now: 0 };
  const clock = { now: () => time.now, setTimeout: () => 0, clearTimeout: () => {} };
  return { policy: new CrashPolicy({ clock, random, maxCrashes, crashWindowMs }), time };
}

describe("pauses", () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  property.prop([fc.array(chance, { minLength: 1, maxLength: 50 })])("grow, and stay within bounds", (chances) => {
    let turn = 0;
    const { policy } = createPolicy({ maxCrashes: Infinity, random: () => chances[turn++] ?? 0 });
    let last = 0;
    for (const [index] of chances.entries()) {
      const pause = policy.noteCrash() ?? 0;
      expect(pause).toBeGreaterThanOrEqual(25);
      expect(pause).toBeLessThanOrEqual(LONGEST_MS);
      // From the fifth on they are as long as they get.
      if (index < 4) expect(pause).toBeGreaterThan(last);
      else expect(pause).toBeGreaterThanOrEqual(LONGEST_MS / 3);
      last = pause;
    }
  });

  const percent = fc.integer({ min: 0, max: 99 });

  property.prop([fc.integer({ min: 1, max: 20 }), percent, percent])(
    "are not the same for all",
    (crashes, one, other) => {
      const [first, second] = [one, other].map((each) => {
        const { policy } = createPolicy({ maxCrashes: Infinity, random: () => each / 100 });
        return Array.from({ length: crashes }, () => policy.noteCrash() ?? 0).at(-1) ?? 0;
      });
      expect(Math.sign((first ?? 0) - (second ?? 0))).toBe(Math.sign(one - other));
    },
  );
});

describe("the number of crashes", () => {
  property.prop([fc.integer({ min: 1, max: 10 })])("at which it ends is the one that was set", (maxCrashes) => {
    const { policy } = createPolicy({ maxCrashes });
    const pauses = Array.from({ length: maxCrashes }, () => policy.noteCrash());
    expect(pauses.map((pause) => pause === undefined)).toEqual(pauses.map((_, index) => index === maxCrashes - 1));
  });

  const gaps = fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 40 });

  property.prop([gaps, fc.integer({ min: 1, max: 5 })])("counts within the window alone", (times, maxCrashes) => {
    const { policy, time } = createPolicy({ maxCrashes });
    const crashes: number[] = [];
    for (const gap of times) {
      time.now += gap;
      crashes.push(time.now);
      const recent = crashes.filter((each) => time.now - each < 1000).length;
      expect(policy.noteCrash() === undefined).toBe(recent >= maxCrashes);
    }
  });

  test("begins anew when it is forgiven", () => {
    const { policy } = createPolicy({ maxCrashes: 2 });
    expect([policy.noteCrash(), policy.noteCrash()]).toEqual([50, undefined]);
    policy.forgive();
    expect([policy.noteCrash(), policy.noteCrash()]).toEqual([50, undefined]);
  });
});
