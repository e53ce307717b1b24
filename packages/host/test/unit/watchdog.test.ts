import { expect, test, vi } from "vitest";
import { Watchdog, WatchdogError } from "../../src/validate/watchdog.ts";
import { account, endless } from "../support/busy-work.ts";

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
  const { work } = endless(Infinity);
  const usedCpuMs = vi.fn(() => 0);
  expect(() => new Watchdog({ usedCpuMs }).run(work, 5)).toThrow("It took longer than 5 ms.");
  // Before and after each of three runs.
  expect(usedCpuMs).toHaveBeenCalledTimes(6);
});

test("an endless loop is stopped by the operating system's account", () => {
  expect(() => new Watchdog().run(endless(Infinity).work, 200)).toThrow(WatchdogError);
});

test("what it throws itself is told as it is", () => {
  const fails = (): never => {
    throw new RangeError("its own");
  };
  expect(() => new Watchdog().run(fails, 100)).toThrow(RangeError);
});
