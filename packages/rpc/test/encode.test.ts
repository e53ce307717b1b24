import { fc, test } from "@fast-check/vitest";
import type { JsonObject, Message } from "tau-protocol";
import { expect } from "vitest";
import { encodeLine } from "../src/encode.ts";
import { numbered } from "./support.ts";

/** A message of exactly `bytes` bytes, filled with `character`. */
function messageOf(bytes: number, character: string): Message {
  const space = bytes - Buffer.byteLength(JSON.stringify(numbered(1)));
  return numbered(1, character.repeat(space / Buffer.byteLength(character)));
}

test("a message is one line that ends with a newline", () => {
  expect(encodeLine(numbered(1, "a\nb"), 1000)).toBe(
    '{"jsonrpc":"2.0","id":1,"method":"test","params":{"text":"a\\nb"}}\n',
  );
});

for (const character of ["a", "é", "€", "😀"]) {
  test(`the limit counts the bytes of ${character}, not its UTF-16 units`, () => {
    const bytes = Buffer.byteLength(JSON.stringify(numbered(1))) + 120;
    expect(Buffer.byteLength(encodeLine(messageOf(bytes, character), bytes))).toBe(bytes + 1);
    expect(() => encodeLine(messageOf(bytes, character), bytes - 1)).toThrow(
      expect.objectContaining({
        code: "message-too-large",
        executed: "no",
        retryable: false,
        message: `Expected a message of at most ${bytes - 1} bytes, got ${bytes}. Send less, or a path to a file.`,
      }),
    );
  });
}

test("half a surrogate pair is escaped, so that the line stays UTF-8", () => {
  expect(encodeLine(numbered(1, "\uD83D"), 1000)).toContain('"text":"\\ud83d"');
});

test.prop([fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.integer({ min: 20, max: 400 })])(
  "a message of any content is refused exactly when its line is longer than the limit",
  (params, limit) => {
    const message: Message = { jsonrpc: "2.0", id: 1, method: "any", params: params as JsonObject };
    const bytes = Buffer.byteLength(JSON.stringify(message));
    const encode = (): string => encodeLine(message, limit);
    if (bytes > limit) expect(encode).toThrow(expect.objectContaining({ code: "message-too-large" }));
    else expect(JSON.parse(encode())).toEqual(JSON.parse(JSON.stringify(message)));
  },
);
