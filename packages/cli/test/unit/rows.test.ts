import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { truncate, widthOf, wrap, wrapWords } from "../../src/interactive/rows.ts";

const TEXT = fc.string({ unit: "grapheme", maxLength: 80 }).map((text) => text.replaceAll(/[\t\r]/g, " "));
const COLUMNS = fc.integer({ min: 2, max: 40 });

describe("rows of a terminal", () => {
  test("are broken between words", () => {
    expect(wrapWords("do you trust this folder", 12)).toEqual(["do you trust", "this folder"]);
  });

  test("keep spaces that are no end of a word", () => {
    expect(wrapWords("一二\u3000 三四\u00a0", 6)).toEqual(["一二\u3000", "三四\u00a0"]);
  });

  test("have a syllable in parts in two columns", () => {
    expect(wrap("\u1100\u1161\u1100\u1161", 2)).toEqual(["\u1100\u1161", "\u1100\u1161"]);
  });

  test("tell with a mark what is left out", () => {
    expect(truncate("a long line", 6)).toBe("a lon…");
    expect(truncate("日本語", 5)).toBe("日本…");
  });

  property.prop([TEXT, COLUMNS])("fit", (text, columns) => {
    const rows = [...wrap(text, columns), ...wrapWords(text, columns), truncate(text, columns)];
    for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(columns);
  });

  property.prop([TEXT, COLUMNS])("lose nothing", (text, columns) => {
    expect(wrap(text, columns).join("")).toBe(text.replaceAll("\n", ""));
    expect(wrapWords(text, columns).join("").replaceAll(" ", "")).toBe(text.replaceAll(/[\n ]/g, ""));
  });
});
