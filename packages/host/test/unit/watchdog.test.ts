import { expect, test } from "vitest";
import { Watchdog, WatchdogError } from "../../src/validate/watchdog.ts";

/** Works without end a few times, and then answers at once. */
function endless(times: number): { work: () => string; runs: () => number } {
  let runs = 0;
  const work = (): string => {
    if (++runs > times) return "done";
    for (;;);
  };
  return { work, runs: () => runs };
}

/** An account of the processor by which each run has used so much of it. */
function account(msPerRun: number): () => number {
  let asked = 0;
  return () => Math.floor(++asked / 2) * msPerRun;
}

test("what the processor had no time for is run again, with more", () => {
  const { work, runs } = endless(2);
  expect(new Watchdog({ usedCpuMs: account(1) }).run(work, 20)).toBe("done");
  expect(runs()).toBe(3);
});

test("what had its time is stopped, and not run again", () => {
  const { work, runs } = endless(2);
  expect(() => new Watchdog({ usedCpuMs: account(20) }).run(work, 20)).toThrow(WatchdogError);
  expect(runs()).toBe(1);
});

test("on a machine that never has time it is given up", () => {
  const { work, runs } = endless(Infinity);
  expect(() => new Watchdog({ usedCpuMs: account(0) }).run(work, 5)).toThrow("It took longer than 5 ms.");
  expect(runs()).toBe(3);
});

test("by the operating system's account an endless loop has its time at once", () => {
  const { work, runs } = endless(Infinity);
  expect(() => new Watchdog().run(work, 200)).toThrow(WatchdogError);
  expect(runs()).toBeLessThanOrEqual(2);
});

test("what it throws itself is told as it is", () => {
  const fails = (): never => {
    throw new RangeError("its own");
  };
  expect(() => new Watchdog().run(fails, 100)).toThrow(RangeError);
});
