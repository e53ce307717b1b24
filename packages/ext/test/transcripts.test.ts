import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, fixture, type Folder, makeFolder, type Started, startProgram, startRunner } from "./processes.ts";
import { matches, parseTranscript, replay } from "./replay.ts";

const TRANSCRIPTS = new URL("../../../spec/transcripts/", import.meta.url);
const files = readdirSync(TRANSCRIPTS).filter((name) => name.endsWith(".jsonl"));

let folder: Folder;
const start: Record<string, () => Started> = {};

beforeAll(async () => {
  folder = await makeFolder();
  const [extension, program] = await Promise.all([
    bundle(fixture("reference.ts"), folder.path),
    bundle(fixture("serves-reference.ts"), folder.path, "esm"),
  ]);
  start["fd 3"] = () => startRunner(extension);
  start["stdio"] = () => startProgram(program, { TAU_CHANNEL: "stdio" });
});
afterAll(() => folder[Symbol.asyncDispose]());

for (const channel of ["fd 3", "stdio"]) {
  describe(`on ${channel}`, () => {
    for (const file of files) {
      const transcript = parseTranscript(readFileSync(new URL(file, TRANSCRIPTS), "utf8"));
      test(`${file}: ${transcript.title} (${transcript.rules.join(", ")})`, { timeout: 60_000 }, async () => {
        await using extension = (start[channel] as () => Started)();
        await replay(transcript, extension);
      });
    }
  });
}

test("there are transcripts to replay", () => {
  expect(files.length).toBeGreaterThan(40);
});

describe("the comparison", () => {
  const same: [actual: unknown, expected: unknown][] = [
    [{ a: 1, more: 2 }, { a: 1 }],
    [[{ a: 1, b: 2 }], [{ a: 1 }]],
    [{ a: "text" }, { a: { $any: "string" } }],
    [{ a: { b: [] } }, { a: { b: { $any: "array" } } }],
    [{ a: null }, { a: { $any: "value" } }],
    ["not so fast", { $contains: "so" }],
    [{ a: 1 }, { b: { $absent: true } }],
    [[1, { n: 2 }], { $unordered: [{ n: 2 }, 1] }],
    [{}, {}],
  ];
  const different: [actual: unknown, expected: unknown][] = [
    [{ a: 1 }, { a: "1" }],
    [{}, { a: { $any: "value" } }],
    [{ a: [] }, { a: { $any: "object" } }],
    [[1, 2], [1]],
    [[1], [1, 2]],
    [{ b: 1 }, { b: { $absent: true } }],
    [[1, 1], { $unordered: [1, 2] }],
    [[1, 2, 3], { $unordered: [1, 2] }],
    ["fast", { $contains: "so" }],
    [null, {}],
    [[], {}],
    [{ length: 0 }, []],
  ];
  test("takes what is expected, and what comes beside it", () => {
    expect(same.filter(([actual, expected]) => !matches(actual, expected))).toEqual([]);
  });
  test("takes nothing else", () => {
    expect(different.filter(([actual, expected]) => matches(actual, expected))).toEqual([]);
  });
});
