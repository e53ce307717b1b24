import { ToolResult } from "tau-ext";
import { expect, expectTypeOf, test } from "vitest";

test("text is one text block", () => {
  expect(ToolResult.text("hello")).toEqual({ content: [{ type: "text", text: "hello" }] });
});

test("an error is text that says the tool ran and failed", () => {
  expect(ToolResult.error("no such file")).toEqual({
    content: [{ type: "text", text: "no such file" }],
    isError: true,
  });
});

test("an image of bytes becomes base64", () => {
  expect(ToolResult.image(new Uint8Array([0xfb, 0xff, 0x00]), "image/png")).toEqual({
    content: [{ type: "image", data: "+/8A", mimeType: "image/png" }],
  });
});

test("a view of a larger buffer becomes its own bytes only", () => {
  const view = new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2);
  expect(ToolResult.image(view, "image/png").content).toEqual([{ type: "image", data: "AgM=", mimeType: "image/png" }]);
});

test("an image of text is taken for base64", () => {
  expect(ToolResult.image("AgM=", "image/gif").content).toEqual([
    { type: "image", data: "AgM=", mimeType: "image/gif" },
  ]);
});

test("several pieces keep their order, and the list is a copy", () => {
  const pieces = [
    { type: "text", text: "a" } as const,
    { type: "image", data: "AA==", mimeType: "image/png" } as const,
  ];
  const result = ToolResult.of(pieces);
  expect(result).toEqual({ content: pieces });
  expect(result.content).not.toBe(pieces);
});

test("details go along and can't turn an error into a success", () => {
  expect(ToolResult.text("t", { details: { n: 1 } })).toEqual({
    content: [{ type: "text", text: "t" }],
    details: { n: 1 },
  });
  const options = { details: [1], isError: false };
  expect(ToolResult.error("e", options)).toEqual({
    content: [{ type: "text", text: "e" }],
    details: [1],
    isError: true,
  });
});

test("a plain object of the same shape is a ToolResult", () => {
  expectTypeOf({ content: [{ type: "text" as const, text: "t" }] }).toExtend<ToolResult>();
});
