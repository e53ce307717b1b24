import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fc, test } from "@fast-check/vitest";
import { LineDecoder } from "tau-rpc";
import { expect } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

type Event = { line: string } | { endless: number } | { oversized: string; bytes: number } | { notUtf8: string };
interface Limits {
  maxLineBytes: number;
  maxSkippedBytes?: number;
  salvageBytes: number;
}

const SMALL: Limits = { maxLineBytes: 24, salvageBytes: 6 };
const NEWLINE = Buffer.from("\n");

const textLine = fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text.replaceAll("\n", "")));
const rawLine = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x0a ? 0x0b : byte))));
const anyLine = fc.oneof({ arbitrary: textLine, weight: 3 }, rawLine, fc.constant(Buffer.from("\uFFFD")));
const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 30 });

test.prop([fc.array(anyLine, { maxLength: 12 }), anyLine, cuts])(
  "any lines, cut anywhere, come out as they went in",
  (lines, rest, positions) => {
    const bytes = Buffer.concat([...lines.flatMap((line) => [line, NEWLINE]), rest]);
    const { events, tail } = decode(cutAt(bytes, positions), SMALL);
    expect(events).toEqual(lines.flatMap((line) => expected(line, SMALL)));
    expect(tail).toBe(rest.length > SMALL.maxLineBytes ? "" : rest.toString("utf8"));
  },
);

test.prop([fc.array(fc.json(), { maxLength: 8 }), fc.integer({ min: 1, max: 9 })])(
  "JSON of any content survives chunks of any size",
  (texts, size) => {
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
    const { events } = decode(pieces(bytes, size), { maxLineBytes: 1_000_000, salvageBytes: 10 });
    expect(events).toEqual(texts.map((line) => ({ line })));
  },
);

test("a line that is too long is skipped and the next one is intact, wherever the chunks end", () => {
  const stream = Buffer.from(`${"a".repeat(SMALL.maxLineBytes + 1)}\nnext\n`);
  for (let cut = 0; cut <= stream.length; cut++) {
    const { events } = decode(cutAt(stream, [cut]), SMALL);
    expect(events).toEqual([{ oversized: "aaaaaa", bytes: 25 }, { line: "next" }]);
  }
});

test("the limit itself is still a line, wherever the chunks end", () => {
  const stream = Buffer.from(`${"a".repeat(SMALL.maxLineBytes)}\n`);
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(decode(cutAt(stream, [cut]), SMALL).events).toEqual([{ line: "a".repeat(24) }]);
  }
});

test("an oversized line is counted to its end and keeps only its head", () => {
  const decoderInput = pieces(Buffer.from(`head12${"x".repeat(1000)}\n`), 7);
  expect(decode(decoderInput, SMALL).events).toEqual([{ oversized: "head12", bytes: 1006 }]);
});

test("the head of an oversized line is right when the limit is smaller than the head", () => {
  const { events } = decode(pieces(Buffer.from("abcdefghij\nok\n"), 1), { maxLineBytes: 3, salvageBytes: 6 });
  expect(events).toEqual([{ oversized: "abcd", bytes: 10 }, { line: "ok" }]);
});

test("an oversized line that never ends leaves no rest", () => {
  const { events, tail } = decode([Buffer.from("y".repeat(100))], SMALL);
  expect({ events, tail }).toEqual({ events: [], tail: "" });
});

test("a line that is not UTF-8 is reported and the next one is intact", () => {
  const stream = Buffer.concat([Buffer.from([0x61, 0xff, 0xfe, 0x0a]), Buffer.from("ok\n")]);
  expect(decode([stream], SMALL).events).toEqual([{ notUtf8: "a\uFFFD\uFFFD" }, { line: "ok" }]);
});

test("a replacement character that was really sent is no fault", () => {
  expect(decode([Buffer.from("a\uFFFDb\n")], SMALL).events).toEqual([{ line: "a\uFFFDb" }]);
});

test("a character cut in two by chunks is whole again", () => {
  expect(decode(pieces(Buffer.from("é€😀\n"), 1), SMALL).events).toEqual([{ line: "é€😀" }]);
});

test("a lone first half of a surrogate pair, as CESU-8 writes it, is not UTF-8", () => {
  expect(decode([Buffer.from([0xed, 0xa0, 0x80, 0x0a])], SMALL).events).toEqual([{ notUtf8: "\uFFFD\uFFFD\uFFFD" }]);
});

test("empty lines are no lines", () => {
  expect(decode([Buffer.from("\n\n\na\n\n")], SMALL).events).toEqual([{ line: "a" }]);
});

test("a carriage return stays with its line", () => {
  expect(decode([Buffer.from("a\r\n\r\n")], SMALL).events).toEqual([{ line: "a\r" }, { line: "\r" }]);
});

test("a line without an end is told once, as soon as it is longer than anybody skips", () => {
  const limits = { ...SMALL, maxSkippedBytes: 100 };
  const endless = Array.from({ length: 10 }, () => Buffer.alloc(30, 0x61));
  expect(decode(endless, limits).events).toEqual([{ endless: 120 }]);
  expect(decode([...endless, Buffer.from("\nnext\n")], limits).events).toEqual([
    { endless: 120 },
    { oversized: "aaaaaa", bytes: 300 },
    { line: "next" },
  ]);
});

test("empty chunks change nothing", () => {
  const empty = Buffer.alloc(0);
  expect(decode([empty, Buffer.from("a"), empty, Buffer.from("\n"), empty], SMALL).events).toEqual([{ line: "a" }]);
});

test("the end of one stream leaves nothing behind for another", () => {
  const lines: string[] = [];
  const listener = { line: (text: string) => lines.push(text), oversized: fail, endless: fail, notUtf8: fail };
  const decoder = new LineDecoder(listener, { ...SMALL, maxSkippedBytes: 1000 });
  decoder.push(Buffer.from("half"));
  expect(decoder.end()).toBe("half");
  decoder.push(Buffer.from("whole\n"));
  expect({ lines, rest: decoder.end() }).toEqual({ lines: ["whole"], rest: "" });
});

test("one long line in small chunks costs time in proportion to its length", () => {
  const limits = { maxLineBytes: 16 * 1024 * 1024, salvageBytes: 1024 };
  const measure = (megabytes: number): number => {
    const chunk = Buffer.alloc(256, 0x61);
    const count = megabytes * 4096;
    const started = performance.now();
    const { events } = decode(repeat(chunk, count), limits);
    expect(events.length).toBe(1);
    return performance.now() - started;
  };
  measure(1);
  const small = Math.min(measure(1), measure(1), measure(1));
  const large = Math.min(measure(8), measure(8));
  // 8 when linear, 64 when each chunk costs as much as what came before it.
  expect(large / small).toBeLessThan(30);
});

test("lines of kilobytes and megabytes, one after the other in the same memory, come out as they went in", () => {
  const limits = { maxLineBytes: 4 * 1024 * 1024, salvageBytes: 1024 };
  const lines = [3_000_000, 70_000, 4 * 1024 * 1024, 10, 2_000_000, 64 * 1024 + 1].map((length, index) =>
    String(index).repeat(length),
  );
  const stream = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const { events } = decode(pieces(stream, 60_000), limits);
  expect(events.map((event) => ("line" in event ? lines.indexOf(event.line) : event))).toEqual([0, 1, 2, 3, 4, 5]);
});

/** Bytes outside of V8's heap that somebody still needs. What a turn has used stays until it is over, and what is freed is told later. */
async function bytesLeft(): Promise<number> {
  for (let turns = 0; turns < 3; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return process.memoryUsage().arrayBuffers;
}

test("the memory of a long line is free when nobody needs it any more", async () => {
  const limits = { maxLineBytes: 64 * 1024 * 1024, maxSkippedBytes: Infinity, salvageBytes: 1024 };
  const decoder = new LineDecoder({ line: () => {}, oversized: fail, endless: fail, notUtf8: fail }, limits);
  const before = await bytesLeft();
  for (const chunk of repeat(Buffer.alloc(1024 * 1024, 0x61), 32)) decoder.push(chunk);
  expect((await bytesLeft()) - before).toBeLessThan(2 * 1024 * 1024);
});

test("of a line that has grown too long only the head stays in memory", async () => {
  const limits = { maxLineBytes: 32 * 1024 * 1024, maxSkippedBytes: Infinity, salvageBytes: 1024 };
  const decoder = new LineDecoder({ line: fail, oversized: fail, endless: fail, notUtf8: fail }, limits);
  const chunk = Buffer.alloc(1024 * 1024, 0x61);
  const before = await bytesLeft();
  for (let megabytes = 0; megabytes < 33; megabytes++) decoder.push(chunk);
  expect((await bytesLeft()) - before).toBeLessThan(2 * 1024 * 1024);
  expect(decoder.end()).toBe("");
});

function decode(chunks: Iterable<Buffer>, options: Limits): { events: Event[]; tail: string } {
  const events: Event[] = [];
  const decoder = new LineDecoder(
    {
      line: (line) => events.push({ line }),
      oversized: (oversized, bytes) => events.push({ oversized, bytes }),
      endless: (endless) => events.push({ endless }),
      notUtf8: (notUtf8) => events.push({ notUtf8 }),
    },
    { maxSkippedBytes: Number.POSITIVE_INFINITY, ...options },
  );
  for (const chunk of chunks) {
    // Behind a chunk lies what is left of a longer one before it.
    const shared = Buffer.concat([chunk, Buffer.from("\nold\n")]);
    decoder.push(shared, chunk.length);
    shared.fill("!");
  }
  return { events, tail: decoder.end() };
}

/** What one line must become, decided by other means than the decoder's. */
function expected(line: Buffer, { maxLineBytes, salvageBytes }: Limits): Event[] {
  if (line.length === 0) return [];
  if (line.length > maxLineBytes) {
    return [{ oversized: line.subarray(0, salvageBytes).toString("utf8"), bytes: line.length }];
  }
  try {
    return [{ line: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line) }];
  } catch {
    return [{ notUtf8: line.toString("utf8").slice(0, salvageBytes) }];
  }
}

function cutAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const sorted = [0, ...positions.map((each) => Math.min(each, bytes.length)), bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => Buffer.from(bytes.subarray(sorted[index], end)));
}

function* pieces(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function* repeat(chunk: Buffer, count: number): Iterable<Buffer> {
  for (let index = 0; index < count; index++) yield chunk;
  yield NEWLINE;
}

function fail(): never {
  throw new Error("Expected a plain line.");
}
