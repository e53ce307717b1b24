import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { plain, PlainFilter } from "../../src/plain-text.ts";

/** Text in which what a terminal obeys is likely, whole and torn. */
const RISKY = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "\u001B[2J",
        "\u001B]0;x\u0007",
        "\u001BPq\u001B\\",
        "\u009B1A",
        "\u001B",
        "\r",
        "\r\n",
        "\u202E",
      ),
      fc.constantFrom(
        "\u001B[",
        "\u001B]52;c;",
        "\u0090",
        "\u0007",
        "\uD800",
        "\u{E0041}",
        "\u001B(B",
        "\u001B7",
        "\n",
        "\t",
      ),
    ),
  )
  .map((parts) => parts.join(""));

describe("text that is shown", () => {
  test.each([
    ["colours", "\u001B[31mred\u001B[0m", "red"],
    ["a clear screen", "a\u001B[2J\u001B[Hb", "ab"],
    ["a title", "a\u001B]0;title\u0007b", "ab"],
    ["a title that ends with ST", "a\u001B]0;title\u001B\\b", "ab"],
    ["something for the clipboard", "a\u001B]52;c;aGk=\u0007b", "ab"],
    ["a device control string", "a\u001BP1$r0m\u001B\\b", "ab"],
    ["the same in one character", "a\u009B2Jb\u009D0;t\u009Cc", "abc"],
    ["a character set", "a\u001B(Bb", "ab"],
    ["a sequence that was begun", "a\u001B[12", "a"],
  ])("holds no %s", (_, text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  test("does not go back on its line", () => {
    expect(plain("100 %\rsafe\r\nnext")).toBe("100 %\nsafe\nnext");
  });

  test("shows control characters as what they are", () => {
    expect(plain("a\u0000b\u0008c\u007F")).toBe("a␀b␈c␡");
  });

  test("does not read backwards", () => {
    expect(plain("a\u202Eb\u2066c")).toBe("a\uFFFDb\uFFFDc");
  });

  test("keeps what people write", () => {
    const text = "naïve 日本 👩‍👩‍👧 שלום\n\tend";
    expect(plain(text)).toBe(text);
  });

  property.prop([RISKY])("holds nothing that a terminal obeys, whatever it was", (text) => {
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(plain(text)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u);
  });

  property.prop([RISKY])("shown again is the same", (text) => {
    expect(plain(plain(text))).toBe(plain(text));
  });

  property.prop([RISKY, fc.array(fc.nat())])("is the same in one piece and in several", (text, cuts) => {
    // Between whole characters: what arrives is decoded already.
    const characters = Array.from(text);
    const filter = new PlainFilter();
    const places = [...cuts.map((cut) => cut % (characters.length + 1)), 0, characters.length].sort((a, b) => a - b);
    const pieces = places.slice(1).map((end, index) => characters.slice(places[index], end).join(""));
    expect(pieces.map((piece) => filter.add(piece)).join("") + filter.end()).toBe(plain(text));
  });
});
