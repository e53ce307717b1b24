import { expect, test } from "vitest";
import { GenerationLog, type LogLine, OutputLog } from "../../src/output-log.ts";

function createLogs(): { log: OutputLog; generation: GenerationLog; told: LogLine[] } {
  const told: LogLine[] = [];
  const log = new OutputLog((line) => void told.push(line));
  return { log, generation: new GenerationLog(log), told };
}

const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);

test("output is cut into lines wherever it was split", () => {
  const { log, generation } = createLogs();
  generation.addOutput("stdout", "one\ntw", 0);
  generation.addOutput("stdout", "o\n\nthr", 0);
  generation.addOutput("stdout", "ee", 0);
  expect(texts(log.lines())).toEqual(["one", "two", ""]);
  generation.endOutput();
  expect(texts(log.lines())).toEqual(["one", "two", "", "three"]);
  generation.endOutput();
  expect(log.lines()).toHaveLength(4);
});

test("the streams do not mix", () => {
  const { log, generation } = createLogs();
  generation.addOutput("stdout", "out", 0);
  generation.addOutput("stderr", "err", 0);
  generation.addOutput("stdout", "put\n", 0);
  generation.addOutput("stderr", "or\n", 0);
  expect(log.lines()).toMatchObject([
    { source: "stdout", level: "info", text: "output" },
    { source: "stderr", level: "warn", text: "error" },
  ]);
});

test("two versions of an extension do not mix", () => {
  const { log, generation: first } = createLogs();
  const second = new GenerationLog(log);
  first.addOutput("stdout", "half of the fir", 0);
  second.addOutput("stdout", "second\n", 0);
  second.endOutput();
  first.addOutput("stdout", "st\n", 0);
  expect(texts(log.lines())).toEqual(["second", "half of the first"]);
  expect([first.tail(), second.tail()]).toEqual([["half of the first"], ["second"]]);
});

test("every line is told as it is kept", () => {
  const { log, generation, told } = createLogs();
  generation.add("log", "info", "hello");
  generation.addOutput("stderr", "x\n", 7);
  expect(told).toEqual(log.lines());
  expect(texts(told)).toEqual(["hello", "7 bytes of stderr were left out: too many too fast", "x"]);
});

test("the last thousand lines are kept", () => {
  const { log, generation } = createLogs();
  for (let i = 1; i <= 2500; i++) generation.add("log", "info", `line ${i}`);
  expect(log.lines()).toHaveLength(1000);
  expect(log.lines()[0]?.text).toBe("line 1501");
});

test("of one piece of output the last 200 lines are logged", () => {
  const { log, generation } = createLogs();
  generation.addOutput("stdout", "x\n".repeat(50_000), 0);
  expect(log.lines()).toHaveLength(201);
  expect(log.lines()[0]).toMatchObject({
    source: "host",
    text: "49800 lines of stdout were left out: too many too fast",
  });
});

test("long lines are cut, finished or not", () => {
  const { log, generation } = createLogs();
  generation.add("log", "info", "y".repeat(10_000));
  generation.addOutput("stdout", "z".repeat(10_000), 0);
  generation.endOutput();
  const [first, second] = log.lines();
  expect(first?.text).toBe(`${"y".repeat(4096)}… (10000 characters)`);
  expect(second?.text).toBe("z".repeat(4096));
});

test("the tail is the last twenty lines of output", () => {
  const { generation } = createLogs();
  for (let i = 1; i <= 30; i++) generation.addOutput(i % 2 ? "stdout" : "stderr", `line ${i}\n`, 0);
  generation.add("log", "error", "not output");
  generation.add("host", "warn", "not output");
  expect(generation.tail()).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i + 11}`));
});
