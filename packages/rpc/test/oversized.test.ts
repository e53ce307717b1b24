import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { oversizedOwner } from "../src/oversized.ts";

test("a request is known by its id and method", () => {
  expect(oversizedOwner('{"jsonrpc":"2.0","id":12,"method":"tool/execute","params":{"text":"aaa')).toEqual({
    kind: "request",
    id: 12,
  });
});

test("an answer is known by its id and result", () => {
  expect(oversizedOwner('{"jsonrpc":"2.0","id":12,"result":{"content":[{"te')).toEqual({ kind: "answer", id: 12 });
});

test("a failure is known by its id and error", () => {
  expect(oversizedOwner('{"jsonrpc":"2.0","id":12,"error":{"code":1003,"message":"aaa')).toEqual({
    kind: "answer",
    id: 12,
  });
});

test("white space between the fields does no harm", () => {
  expect(oversizedOwner('{"jsonrpc": "2.0", "id": 3, "method": "x", "params": {')).toEqual({ kind: "request", id: 3 });
});

test("stray text in front of the message does no harm", () => {
  expect(oversizedOwner('loading {"id":9} ... {"jsonrpc":"2.0","id":3,"result":{"a')).toEqual({
    kind: "answer",
    id: 3,
  });
});

describe("nobody owns", () => {
  const heads = {
    "a notification": '{"jsonrpc":"2.0","method":"log","params":{"id":5,"message":"aaa',
    "progress, whose id is that of a request": '{"jsonrpc":"2.0","method":"$/progress","params":{"id":5,"value":{',
    "a print": "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "a failure of no request": '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"aaa',
    "a text id": '{"jsonrpc":"2.0","id":"5","result":{',
    "an id that is cut off": '{"jsonrpc":"2.0","id":12',
    "a head that ends before it says what it is": '{"jsonrpc":"2.0","id":12,"met',
    "an id after the content": '{"jsonrpc":"2.0","result":{"a":1},"id":12',
    "a notification that quotes an answer":
      '{"jsonrpc":"2.0","method":"log","params":{"data":{"jsonrpc":"2.0","id":7,"result":{',
  };
  for (const [name, head] of Object.entries(heads)) {
    test(name, () => {
      expect(oversizedOwner(head)).toBeUndefined();
    });
  }
});

test("an answer that quotes another answer is not taken for it", () => {
  const head = '{"jsonrpc":"2.0","id":4,"result":{"jsonrpc":"2.0","id":99,"result":{"text":"aaa';
  expect(oversizedOwner(head)).toEqual({ kind: "answer", id: 4 });
});

const id = fc.integer({ min: 1, max: 2 ** 53 - 1 });
const fake = fc.oneof(
  id.map((each) => ({ jsonrpc: "2.0", id: each, result: {} })),
  id.map((each) => ({ jsonrpc: "2.0", id: each, method: "x", params: { id: each } })),
  id.map((each) => `{"jsonrpc":"2.0","id":${each},"method":"x","params":{`),
  id.map((each) => `"id":${each},"result":`),
  fc.dictionary(fc.constantFrom("id", "method", "result", "params", "error"), fc.jsonValue()),
);
const content = fc.array(fake).map((items) => ({ items }));
const method = fc.oneof(
  fc.string({ unit: "binary" }),
  fake.map((each) => JSON.stringify(each)),
);
const message = fc.oneof(
  fc.record({ kind: fc.constant("request" as const), id, method, params: content }),
  fc.record({ kind: fc.constant("answer" as const), id, result: content }),
  fc.record({ kind: fc.constant("answer" as const), id, error: content }),
);
const stray = fc.string({ unit: "binary" }).filter((text) => !text.includes("{"));

test.prop([message, stray, fc.nat({ max: 200 })])(
  "whatever a request or an answer contains and wherever it is cut, its own id is found or none",
  ({ kind, ...fields }, before, length) => {
    const head = `${before}${JSON.stringify({ jsonrpc: "2.0", ...fields })}`.slice(0, length);
    expect([{ kind, id: fields.id }, undefined]).toContainEqual(oversizedOwner(head));
  },
);

test.prop([message, stray])(
  "whatever it contains, its own id is found once its content begins",
  ({ kind, ...fields }, before) => {
    const head = `${before}${JSON.stringify({ jsonrpc: "2.0", ...fields })}`;
    expect(oversizedOwner(head)).toEqual({ kind, id: fields.id });
  },
);
