import { fc, test as property } from "@fast-check/vitest";
import pc from "picocolors";
import { expect, test } from "vitest";
import { MarkdownPaint } from "../../src/interactive/markdown-paint.ts";

const colors = pc.createColors(true);
const { bold, cyan, dim } = colors;

test("headings, strong words and code have colours, and what is in a block of code has its own", () => {
  const paint = new MarkdownPaint(colors);
  const lines = ["# Title", "a **strong** `word`", "```ts", "let **x** = `y`;", "```", "plain"];
  expect(lines.map((line) => paint.line(line))).toEqual([
    bold("# Title"),
    `a ${bold("**strong**")} ${cyan("`word`")}`,
    dim("```ts"),
    cyan("let **x** = `y`;"),
    dim("```"),
    "plain",
  ]);
});

property.prop([fc.array(fc.string({ unit: fc.constantFrom("*", "`", "#", " ", "a", "~") }))])(
  "no character is lost or moved",
  (lines) => {
    const paint = new MarkdownPaint(colors);
    // oxlint-disable-next-line no-control-regex -- colours are what is taken out
    for (const line of lines) expect(paint.line(line).replaceAll(/\u001B\[\d+m/g, "")).toBe(line);
  },
);
