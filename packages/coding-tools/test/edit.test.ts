import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { applyPatch } from "diff";
import { expect, test } from "vitest";
import { applyEdits } from "../src/edit/apply-edits.ts";
import { unifiedDiff } from "../src/edit/diff.ts";
import { parseText } from "../src/edit/text-file.ts";
import { FileLocks } from "../src/file-locks.ts";
import { textOf, toolsOpener } from "./support/tools.ts";

const open = toolsOpener();

test("an edit answers a diff that patch understands", async () => {
  await using workspace = await open();
  const path = workspace.write("a.txt", "one\ntwo\nthree\n");
  writeFileSync(`${path}.before`, "one\ntwo\nthree\n");
  const result = await workspace.call("edit", { path: "a.txt", edits: [{ oldText: "two\n", newText: "2\n2.5\n" }] });
  expect(readFileSync(path, "utf8")).toBe("one\n2\n2.5\nthree\n");
  expect(textOf(result)).toBe(
    "Changed a.txt: 1 replacement.\n\n--- a.txt\n+++ a.txt\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n+2.5\n three",
  );
  const { diff } = result.details as { diff: string };
  execFileSync("patch", ["-s", `${path}.before`], { input: diff });
  expect(readFileSync(`${path}.before`, "utf8")).toBe("one\n2\n2.5\nthree\n");
});

test("all edits of a call are made, or none", async () => {
  await using workspace = await open();
  const path = workspace.write("a.txt", "one\ntwo\n");
  const edits = [
    { oldText: "two", newText: "2" },
    { oldText: "three", newText: "3" },
  ];
  const result = await workspace.call("edit", { path: "a.txt", edits });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain("Edit 2 of 2: its oldText is not in a.txt.");
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
});

test.each([
  [
    "a text that is there twice",
    [{ oldText: "x", newText: "y" }],
    "The edit: its oldText is in a.txt 2 times, in lines 1, 3. Take in more of the text around it, or set replaceAll.",
  ],
  [
    "white space that differs",
    [{ oldText: "if (a)  {\n x\n}", newText: "" }],
    "Line 2 is the same but for white space. It is:\nif (a) {\n  x\n}",
  ],
  [
    "an end that differs",
    [{ oldText: "if (a) {\n  z\n}", newText: "" }],
    "Its first line is line 2; what follows there is different.",
  ],
  [
    "edits that share text",
    [
      { oldText: "if (a)", newText: "" },
      { oldText: "(a) {", newText: "" },
    ],
    "Edits 1 and 2 overlap. Make them one.",
  ],
  [
    "a change that is none",
    [{ oldText: "if", newText: "if" }],
    "a.txt would not change: the old and the new text are the same.",
  ],
])("%s is refused with what there is", async (_, edits, message) => {
  await using workspace = await open();
  workspace.write("a.txt", "x1\nif (a) {\n  x\n}\n");
  const result = await workspace.call("edit", { path: "a.txt", edits });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain(message);
});

test("replaceAll replaces a text wherever it is", async () => {
  await using workspace = await open();
  const path = workspace.write("a.txt", "aXbXXc");
  await workspace.ask("edit", { path: "a.txt", edits: [{ oldText: "X", newText: "--", replaceAll: true }] });
  expect(readFileSync(path, "utf8")).toBe("a--b----c");
});

test("the byte order mark and the line ends stay, also of lines that are new", async () => {
  await using workspace = await open();
  const path = workspace.write("a.txt", "\uFEFFone\r\ntwo\r\nmixed\nend\r\n");
  await workspace.ask("edit", { path: "a.txt", edits: [{ oldText: "one\ntwo", newText: "1\n1.5\n2" }] });
  expect(readFileSync(path, "utf8")).toBe("\uFEFF1\r\n1.5\r\n2\r\nmixed\nend\r\n");
});

test("a binary file is refused and stays as it is", async () => {
  await using workspace = await open();
  const path = join(workspace.directory, "data");
  writeFileSync(path, Buffer.from([0x61, 0xff, 0x62]));
  const result = await workspace.call("edit", { path: "data", edits: [{ oldText: "a", newText: "b" }] });
  expect(result.isError).toBe(true);
  expect([...readFileSync(path)]).toEqual([0x61, 0xff, 0x62]);
});

test("of edits to one file at the same time, none is lost", async () => {
  await using workspace = await open();
  const words = Array.from({ length: 20 }, (_, index) => `<${index}>`);
  const path = workspace.write("a.txt", words.join("\n"));
  await Promise.all(
    words.map((word) => workspace.ask("edit", { path: "a.txt", edits: [{ oldText: word, newText: `done${word}` }] })),
  );
  expect(readFileSync(path, "utf8")).toBe(words.map((word) => `done${word}`).join("\n"));
});

test("a change of everything is made, and its diff left out", async () => {
  await using workspace = await open();
  const path = workspace.write("a.txt", "x\n".repeat(20_000));
  const result = await workspace.call("edit", {
    path: "a.txt",
    edits: [{ oldText: "x", newText: "y", replaceAll: true }],
  });
  expect(textOf(result)).toContain("20000 replacements");
  expect(textOf(result)).toContain("(More lines changed than a diff is of use for.)");
  expect(readFileSync(path, "utf8")).toBe("y\n".repeat(20_000));
});

test("a change that fails lets the next one begin", async () => {
  const locks = new FileLocks();
  const first = locks.run("/a", () => Promise.reject(new Error("no")));
  const second = locks.run("/a", () => Promise.resolve("yes"));
  await expect(first).rejects.toThrow("no");
  expect(await second).toBe("yes");
});

const RAW = fc
  .array(fc.constantFrom("a", "b", " ", "\n", "\r\n", "\r", "é", "😀"), { maxLength: 40 })
  .map((parts) => parts.join(""));

property.prop([RAW, RAW, RAW, fc.tuple(RAW, fc.boolean())])(
  "what an edit does not touch stays as it is, byte for byte",
  (before, old, after, [next, bom]) => {
    const mark = bom ? "\uFEFF" : "";
    const raw = `${before}<${old}>${after}`;
    const file = parseText(mark + raw);
    const { content } = applyEdits(file, [{ oldText: `<${old}>`, newText: `[${next}]` }], "a.txt");
    expect(content.startsWith(`${mark}${before}[`)).toBe(true);
    expect(content.endsWith(`]${after}`)).toBe(true);
    const middle = content.slice(mark.length + before.length + 1, content.length - after.length - 1);
    expect(middle).toBe(next.replaceAll("\r\n", "\n").replaceAll("\n", file.lineEnd));
  },
);

property.prop([
  fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 }),
  fc.array(RAW, { minLength: 10, maxLength: 10 }),
])("edits of a call give the same in any order, and one that does not fit prevents them all", (chosen, texts) => {
  const whole = texts.map((text, index) => `${text}<${index}>`).join("");
  const file = parseText(whole);
  const edits = chosen.map((index) => ({ oldText: `<${index}>`, newText: `[${index}]` }));
  const expected = chosen.reduce((text, index) => text.replace(`<${index}>`, `[${index}]`), whole);
  expect(applyEdits(file, edits, "a.txt")).toEqual({ content: expected, replacements: chosen.length });
  expect(() => applyEdits(file, [...edits, { oldText: "<10>", newText: "" }], "a.txt")).toThrow(
    "its oldText is not in a.txt",
  );
});

property.prop([
  fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }),
  fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }),
])("a diff makes the new text out of the old", (before, after) => {
  const [left, right] = [before.join("\n"), after.join("\n")];
  expect(applyPatch(left, unifiedDiff("a.txt", left, right) ?? "none")).toBe(right);
});
