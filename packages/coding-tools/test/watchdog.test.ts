import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { account, endless } from "../../host/test/support/busy-work.ts";
import { scanFile } from "../src/grep/scan-file.ts";
import { TooSlow, Watchdog } from "../src/watchdog.ts";

test("what the processor had no time for is run again, with more", () => {
  const { work, runs } = endless(1);
  expect(new Watchdog({ usedCpuMs: account(1) }).run(work)).toBe("done");
  expect(runs()).toBe(2);
});

test("what had its time is stopped, and not run again", () => {
  const { work, runs } = endless(1);
  expect(() => new Watchdog({ usedCpuMs: account(500) }).run(work)).toThrow(TooSlow);
  expect(runs()).toBe(1);
});

test("on a machine that never has time it is given up", () => {
  const { work, runs } = endless(Infinity);
  expect(() => new Watchdog({ usedCpuMs: () => 0 }).run(work)).toThrow("It took longer than 500 ms.");
  expect(runs()).toBe(3);
});

test("a search that is run again finds what the first try had found, once", async () => {
  class Stopped extends Watchdog {
    override run<Result>(work: () => Result): Result {
      super.run(work);
      return super.run(work);
    }
  }
  const directory = mkdtempSync(join(tmpdir(), "tau-watchdog-"));
  try {
    const path = join(directory, "a.txt");
    writeFileSync(path, "needle\nother\nneedle\n");
    const options = { pattern: /needle/, limit: 10, watchdog: new Stopped(), signal: new AbortController().signal };
    const { matches } = (await scanFile(path, "a.txt", options)) ?? {};
    expect(matches).toEqual([
      { line: 1, column: 0 },
      { line: 3, column: 0 },
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
