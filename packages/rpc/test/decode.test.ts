import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { createMessageDecoder } from "../src/decode.ts";
import { Recorder } from "./support.ts";

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}';

test("a line that is an object is a message", () => {
  expect(decode(`${PING}\n`)).toEqual({ messages: [JSON.parse(PING)], faults: [] });
});

test("a carriage return and white space around a message are ignored", () => {
  expect(decode(` \t${PING} \r\n`)).toEqual({ messages: [JSON.parse(PING)], faults: [] });
});

test("lines of white space are skipped in silence", () => {
  expect(decode("\n  \n\t\n\r\n")).toEqual({ messages: [], faults: [] });
});

describe("what is no object is reported and the next message is intact:", () => {
  const garbage = [
    "hello",
    "[1,2]",
    `[${PING}]`,
    "42",
    '"text"',
    "null",
    "true",
    '{"a":',
    "{'a':1}",
    "\0\0\0",
    '{"a":1}\0',
  ];
  for (const text of garbage) {
    test(JSON.stringify(text), () => {
      expect(decode(`${text}\n${PING}\n`)).toEqual({
        messages: [JSON.parse(PING)],
        faults: [{ kind: "not-a-message", text }],
      });
    });
  }
});

test("a print without a newline in front of a message is cut off and reported", () => {
  expect(decode(`loading...${PING}\n`)).toEqual({
    messages: [JSON.parse(PING)],
    faults: [{ kind: "stray-text", text: "loading..." }],
  });
});

test("a byte order mark counts as stray text", () => {
  expect(decode(`\uFEFF${PING}\n`)).toEqual({
    messages: [JSON.parse(PING)],
    faults: [{ kind: "stray-text", text: "\uFEFF" }],
  });
});

test("a message behind stray text keeps content that looks like a message itself", () => {
  const relay = `{"jsonrpc":"2.0","id":1,"result":{"details":${PING}}}`;
  expect(decode(`relaying ${relay}\n`)).toEqual({
    messages: [JSON.parse(relay)],
    faults: [{ kind: "stray-text", text: "relaying " }],
  });
});

test("half a message in front of a whole one is stray text", () => {
  expect(decode(`{"jsonrpc":"2.0","id":1,"res${PING}\n`)).toEqual({
    messages: [JSON.parse(PING)],
    faults: [{ kind: "stray-text", text: '{"jsonrpc":"2.0","id":1,"res' }],
  });
});

test("text behind a message makes the whole line stray", () => {
  const text = `${PING}done`;
  expect(decode(`${text}\n`)).toEqual({ messages: [], faults: [{ kind: "not-a-message", text }] });
});

test("a line of many beginnings of messages is given up on soon", () => {
  const text = `x${'{"jsonrpc":"2.0",'.repeat(200_000)}`;
  const started = performance.now();
  expect(decode(`${text}\n${PING}\n`).messages).toEqual([JSON.parse(PING)]);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("a line that is not UTF-8 is reported and the next message is intact", () => {
  const recorder = new Recorder();
  createMessageDecoder(recorder).push(Buffer.concat([Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from(`${PING}\n`)]));
  expect(recorder.faults).toEqual([{ kind: "not-utf8", text: "\uFFFD(" }]);
  expect(recorder.messages).toEqual([JSON.parse(PING)]);
});

test("an oversized line is reported with its first KiB and its length", () => {
  const recorder = new Recorder();
  createMessageDecoder(recorder, { maxLineBytes: 2000 }).push(Buffer.from(`${"z".repeat(3000)}\n${PING}\n`));
  expect(recorder.faults).toEqual([{ kind: "oversized", head: "z".repeat(1024), bytes: 3000 }]);
  expect(recorder.messages).toEqual([JSON.parse(PING)]);
});

const jsonObject = fc.dictionary(fc.string(), fc.jsonValue());
const withoutStart = fc.string({ unit: "binary" }).filter((text) => !/[\n{}]/.test(text) && text.trim() !== "");

test.prop([jsonObject, fc.option(withoutStart, { nil: undefined })])(
  "a message of any content is read back, with stray text in front or without",
  (params, stray) => {
    const line = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "any", params });
    expect(decode(`${stray ?? ""}${line}\n`)).toEqual({
      messages: [JSON.parse(line)],
      faults: stray === undefined ? [] : [{ kind: "stray-text", text: stray }],
    });
  },
);

test.prop([fc.array(fc.uint8Array({ maxLength: 60 }))])(
  "no bytes make it throw, and a message after them is read",
  (chunks) => {
    const recorder = new Recorder();
    const decoder = createMessageDecoder(recorder, { maxLineBytes: 100 });
    for (const chunk of chunks) decoder.push(Buffer.from(chunk));
    decoder.push(Buffer.from(`\n${PING}\n`));
    expect(recorder.messages.at(-1)).toEqual(JSON.parse(PING));
  },
);

function decode(text: string): { messages: unknown[]; faults: unknown[] } {
  const recorder = new Recorder();
  createMessageDecoder(recorder).push(Buffer.from(text));
  return { messages: recorder.messages, faults: recorder.faults };
}
