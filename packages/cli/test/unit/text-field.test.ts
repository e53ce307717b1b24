import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { widthOf } from "../../src/interactive/rows.ts";
import { TextField } from "../../src/interactive/text-field.ts";

type Edit = (field: TextField) => void;

const TEXT = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.constantFrom("\n", "two words", "日本", "👩‍👩‍👧", "e\u0301"),
);

const EDIT: fc.Arbitrary<Edit> = fc.oneof(
  TEXT.map(
    (text): Edit =>
      (field) =>
        field.insert(text),
  ),
  fc.constantFrom<Edit>(
    (field) => field.moveBy(-1),
    (field) => field.moveBy(1),
    (field) => field.moveByWord(-1),
    (field) => field.moveByWord(1),
    (field) => void field.moveByLine(-1),
    (field) => void field.moveByLine(1),
    (field) => field.toLineStart(),
    (field) => field.toLineEnd(),
    (field) => field.deleteBack(),
    (field) => field.deleteForward(),
    (field) => field.cutWordBack(),
    (field) => field.cutToLineStart(),
    (field) => field.cutToLineEnd(),
    (field) => field.paste(),
  ),
);

function typed(...edits: Edit[]): TextField {
  const field = new TextField();
  for (const edit of edits) edit(field);
  return field;
}

describe("a text that is being typed", () => {
  test("takes characters of several parts as one", () => {
    const field = typed(
      (it) => it.insert("a👩‍👩‍👧"),
      (it) => it.deleteBack(),
    );
    expect(field.text).toBe("a");
  });

  test("gives back what was cut", () => {
    const field = typed(
      (it) => it.insert("one two"),
      (it) => it.cutWordBack(),
      (it) => it.toLineStart(),
      (it) => it.paste(),
    );
    expect(field.text).toBe("twoone ");
  });

  test("says when there is no line above or below", () => {
    const field = typed((it) => it.insert("one\ntwo"));
    expect(field.moveByLine(1)).toBe(false);
    expect(field.moveByLine(-1)).toBe(true);
    expect(field.beforeCursor).toBe("one");
    expect(field.moveByLine(-1)).toBe(false);
  });

  property.prop([fc.array(EDIT, { maxLength: 40 })])("has its cursor within it, never within a character", (edits) => {
    const field = typed(...edits);
    expect(field.text.startsWith(field.beforeCursor)).toBe(true);
    const starts = [...new Intl.Segmenter().segment(field.text)].map(({ index }) => index);
    // What was inserted may join with what stands there; the cursor stays where the insertion ended.
    const [last] = edits.slice(-1);
    field.moveBy(1);
    field.moveBy(-1);
    expect(last === undefined || [...starts, field.text.length].includes(field.beforeCursor.length)).toBe(true);
  });

  property.prop([fc.array(EDIT, { maxLength: 40 }), fc.integer({ min: 4, max: 60 })])(
    "is laid out in rows that fit, with the cursor on one of them",
    (edits, columns) => {
      const field = typed(...edits);
      const { rows, row, column } = field.layout(columns);
      for (const each of rows) expect(widthOf(each)).toBeLessThanOrEqual(columns);
      expect(row).toBeGreaterThanOrEqual(0);
      expect(row).toBeLessThan(rows.length);
      expect(column).toBeLessThan(columns);
      expect(column).toBeLessThanOrEqual(widthOf(rows[row] ?? ""));
    },
  );
});
