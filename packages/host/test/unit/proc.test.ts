import { readFileSync } from "node:fs";
import { fc, test as check } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  parseActivity,
  parseMemory,
  parseRealtimeLimit,
  parseStat,
  readActivity,
  readMemory,
  readStat,
} from "../../src/launch/proc.ts";

function statLine(name: string, state = "S", threads = 1): string {
  const middle = "0 -1 4194560 1034 0 2 0 7 3 20 10 20 0";
  return `4711 (${name}) ${state} 12 4700 4699 ${middle} ${threads} 0 12345 2654208 893 18446744073709551615 1 1\n`;
}

describe("stat", () => {
  test("fields are told by their names", () => {
    expect(parseStat(statLine("node"))).toEqual({
      pid: 4711,
      parent: 12,
      group: 4700,
      session: 4699,
      startTicks: 12345,
      cpuTicks: 40,
      threads: 1,
      alive: true,
    });
  });

  check.prop([fc.string({ unit: "binary" })])("no name disturbs the fields", (name) => {
    expect(parseStat(statLine(name))).toMatchObject({ pid: 4711, parent: 12, startTicks: 12345 });
  });

  check.prop([fc.string({ unit: "binary" })])("whatever the text, there is an answer and numbers in it", (text) => {
    const stat = parseStat(text);
    if (stat !== undefined) expect(Number.isFinite(stat.pid + stat.parent + stat.startTicks)).toBe(true);
  });

  check.prop([fc.nat({ max: statLine("node").indexOf(" 12345") })])("a line that was cut is no line", (length) => {
    expect(parseStat(statLine("node").slice(0, length))).toBeUndefined();
  });

  test.for([
    ["S", 1, true],
    ["T", 1, true],
    ["Z", 1, false],
    ["Z", 4, true],
    ["X", 1, false],
  ] as const)("in state %s with %i threads it is alive: %s", ([state, threads, alive]) => {
    expect(parseStat(statLine("node", state, threads))?.alive).toBe(alive);
  });

  test("this process is told of", () => {
    expect(readStat(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid, alive: true });
    expect(readStat(2 ** 30)).toBeUndefined();
  });
});

describe("memory", () => {
  test("what is not a file's is added up", () => {
    const text =
      "Name:\tx\nVmRSS:\t  999 kB\nRssAnon:\t  100 kB\nRssFile:\t  800 kB\nRssShmem:\t   20 kB\nVmSwap:\t    3 kB\n";
    expect(parseMemory(text)).toBe(123 * 1024);
  });

  test("a kernel thread has none", () => {
    expect(parseMemory("Name:\tkthreadd\n")).toBe(0);
  });

  test("this process's own is plausible", () => {
    expect(readMemory(process.pid)).toBeGreaterThan(10_000_000);
    expect(readMemory(process.pid)).toBeLessThan(process.memoryUsage().rss * 1.1);
  });
});

describe("the limit for realtime work", () => {
  const line = (soft: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units     
Max realtime priority     0                    0                    
Max realtime timeout      ${soft.padEnd(20)} unlimited            us        
`;

  test("a number beyond what doubles hold is told exactly", () => {
    expect(parseRealtimeLimit(line("1813509615745236997"))).toBe(1813509615745236997n);
  });

  test("none is none", () => {
    expect(parseRealtimeLimit(line("unlimited"))).toBeUndefined();
    expect(parseRealtimeLimit("")).toBeUndefined();
  });

  test("the kernel's own text is understood", () => {
    const text = readFileSync("/proc/self/limits", "latin1");
    expect(text).toMatch(/^Max realtime timeout {6}/m);
    expect(["undefined", "bigint"]).toContain(typeof parseRealtimeLimit(text));
  });
});

describe("activity", () => {
  test("threads and the last pid are told", () => {
    expect(parseActivity("2.10 1.05 0.40 3/1234 28336\n")).toEqual({ threads: 1234, lastPid: 28336 });
    expect(readActivity()?.threads).toBeGreaterThan(1);
  });

  check.prop([fc.string()])("other text tells nothing", (text) => {
    fc.pre(!/\d\/\d/.test(text));
    expect(parseActivity(text)).toBeUndefined();
  });
});
