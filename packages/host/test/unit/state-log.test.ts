import { fc, test as fuzz } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { encodeEntry, type LogEntry } from "../../src/state/entry.ts";
import { LogReader } from "../../src/state/log-reader.ts";

interface Reading {
  entries: LogEntry[];
  damage: [from: number, to: number][];
  unfinished: number;
}

function read(bytes: Buffer, chunkLength = bytes.length): Reading {
  const entries: LogEntry[] = [];
  const damage: Reading["damage"] = [];
  const reader = new LogReader({
    entry: (entry) => void entries.push(entry),
    damage: (from, to) => void damage.push([from, to]),
  });
  for (let at = 0; at < bytes.length; at += chunkLength) reader.push(bytes.subarray(at, at + chunkLength));
  return { entries, damage, unfinished: reader.unfinished };
}

const key = fc.string({ minLength: 1, maxLength: 20, unit: "binary" });
const by = fc.stringMatching(/^[a-z]{4}-\d{1,3}$/);
const text = fc.jsonValue().map((value) => JSON.stringify(value));
const ifRevision = fc.option(fc.nat(), { nil: undefined });
const entry: fc.Arbitrary<LogEntry> = fc.oneof(
  fc.record({ kind: fc.constant("header" as const), format: fc.nat(), extension: fc.string() }),
  fc.record({ kind: fc.constant("set" as const), by, key, text, ifRevision }),
  fc.record({ kind: fc.constant("delete" as const), by, key, ifRevision }),
  fc.record({ kind: fc.constant("kept" as const), key, text, revision: fc.nat() }),
  fc.constant({ kind: "seal" as const }),
);
const entries = fc.array(entry, { minLength: 1, maxLength: 20 });
const encode = (all: readonly LogEntry[]): Buffer => Buffer.from(all.map(encodeEntry).join(""));

describe("the log of an extension's state", () => {
  fuzz.prop([entries, fc.integer({ min: 1, max: 100 })])(
    "is read as it was written, in any pieces",
    (written, length) => {
      expect(read(encode(written), length)).toEqual({ entries: written, damage: [], unfinished: 0 });
    },
  );

  fuzz.prop([entries, fc.nat()])("that was cut anywhere holds the first of its writes, whole", (written, at) => {
    const bytes = encode(written);
    const cut = bytes.subarray(0, at % (bytes.length + 1));
    const { entries: found, damage } = read(cut);
    const whole = written.filter((_, index) => encode(written.slice(0, index + 1)).length <= cut.length);
    expect({ found, damage }).toEqual({ found: whole, damage: [] });
  });

  fuzz.prop([entries, entries, fc.nat()])("goes on behind a write that was cut short", (before, after, at) => {
    const torn = encode([{ kind: "kept", key: "torn", text: '"half a value"', revision: 1 }]);
    const half = torn.subarray(1, 1 + (at % (torn.length - 2)));
    const found = read(Buffer.concat([encode(before), half, encode(after)]));
    expect(found.entries).toEqual([...before, ...after]);
    expect(found.damage.length).toBe(half.length === 0 ? 0 : 1);
  });

  fuzz.prop([entries, fc.nat(), fc.integer({ min: 1, max: 255 })])(
    "with a byte changed lacks one write or two and has no other",
    (written, at, change) => {
      const bytes = encode(written);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] as number) ^ change;
      const found = read(bytes).entries.map((each) => JSON.stringify(each));
      expect(found.length).toBeGreaterThanOrEqual(written.length - 2);
      const rest = written.map((each) => JSON.stringify(each));
      for (const each of found) {
        const index = rest.indexOf(each);
        expect(index, each).toBeGreaterThanOrEqual(0);
        rest.splice(0, index + 1);
      }
    },
  );

  fuzz.prop([fc.uint8Array({ maxLength: 2000 })])("of anybody's bytes holds nothing, and is read", (bytes) => {
    expect(read(Buffer.from(bytes)).entries).toEqual([]);
  });

  test("tells where the damage is", () => {
    const first = encode([{ kind: "seal" }]);
    const second = encode([{ kind: "header", format: 1, extension: "x" }]);
    expect(read(Buffer.concat([first, Buffer.from("no line"), second])).damage).toEqual([
      [first.length, first.length + "no line".length + 1],
    ]);
  });
});
