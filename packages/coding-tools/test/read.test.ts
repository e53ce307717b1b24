import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { LineWindow } from "../src/read/line-window.ts";
import { textOf, toolsOpener } from "./support/tools.ts";

const open = toolsOpener();
const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join("");

test("a short file is answered as it is", async () => {
  await using workspace = await open();
  workspace.write("a.txt", "one\n  two\r\n\nfour");
  expect(await workspace.call("read", { path: "a.txt" })).toEqual({
    content: [{ type: "text", text: "one\n  two\n\nfour" }],
    details: { path: "a.txt", firstLine: 1, lastLine: 4, totalLines: 4 },
  });
});

test("a long file is answered in pieces, each with a note that says how to go on", async () => {
  await using workspace = await open();
  workspace.write("long.txt", lines(4500));
  const [first, second, third] = [
    await workspace.ask("read", { path: "long.txt" }),
    await workspace.ask("read", { path: "long.txt", offset: 2001 }),
    await workspace.ask("read", { path: "long.txt", offset: 4001 }),
  ];
  expect(first.endsWith("line 2000\n\n[Lines 1 to 2000 of 4500. Read on with offset 2001.]")).toBe(true);
  expect(second.startsWith("line 2001\n")).toBe(true);
  expect(third.endsWith("line 4500")).toBe(true);
});

test("limit takes fewer lines, and says what is left", async () => {
  await using workspace = await open();
  workspace.write("a.txt", lines(9));
  expect(await workspace.ask("read", { path: "a.txt", offset: 3, limit: 2 })).toBe(
    "line 3\nline 4\n\n[Lines 3 to 4 of 9. Read on with offset 5.]",
  );
});

test("no more than 50 KB are answered at a time", async () => {
  await using workspace = await open();
  workspace.write("wide.txt", `${"ä".repeat(999)}\n`.repeat(100));
  const text = await workspace.ask("read", { path: "wide.txt" });
  expect(text).toContain("[Lines 1 to 25 of 100. Read on with offset 26.]");
});

test("a long line is cut, with the number of characters that are missing", async () => {
  await using workspace = await open();
  workspace.write("min.js", `${"x".repeat(1_000_000)}\nend\n`);
  expect(await workspace.ask("read", { path: "min.js" })).toBe(`${"x".repeat(2000)}… [998000 more characters]\nend`);
});

test("an offset behind the end is told with the number of lines", async () => {
  await using workspace = await open();
  workspace.write("a.txt", "one\ntwo\n");
  const result = await workspace.call("read", { path: "a.txt", offset: 3 });
  expect(result).toMatchObject({ isError: true });
  expect(textOf(result)).toBe("a.txt has 2 lines, so there is no line 3.");
});

test("an empty file is told, not answered with nothing", async () => {
  await using workspace = await open();
  workspace.write("empty", "");
  expect(await workspace.ask("read", { path: "empty" })).toBe("(empty is empty)");
});

test.each([
  ["NUL bytes", Buffer.from([0x41, 0, 0x42]), "is a binary file (it holds NUL bytes)"],
  ["latin-1", Buffer.from([0x41, 0xe4, 0x42]), "is a binary file (it is not UTF-8)"],
  ["a character cut at the end", Buffer.from([0x41, 0xc3]), "is a binary file (it is not UTF-8)"],
  ["UTF-16", Buffer.from("\uFEFFhello", "utf16le"), "is text in UTF-16, and only UTF-8 is read"],
])("a file with %s is refused", async (_, bytes, message) => {
  await using workspace = await open();
  writeFileSync(join(workspace.directory, "data"), bytes);
  const result = await workspace.call("read", { path: "data" });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain(message);
});

test("an image is seen by what is in it, whatever its name is", async () => {
  await using workspace = await open();
  const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  writeFileSync(join(workspace.directory, "picture.txt"), png);
  const { content } = await workspace.call("read", { path: "picture.txt" });
  expect(content).toEqual([
    { type: "text", text: "picture.txt: image/png, 16 B" },
    { type: "image", data: png.toString("base64"), mimeType: "image/png" },
  ]);
});

test("an image that no provider takes is refused", async () => {
  await using workspace = await open();
  writeFileSync(join(workspace.directory, "big.gif"), Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(5 << 20)]));
  expect(await workspace.ask("read", { path: "big.gif" })).toContain("at most 5.0 MB can be shown");
});

test.each([
  ["a name that is nearly right", "src/idnex.ts", "There is no src/idnex.ts. Did you mean src/index.ts?"],
  ["another ending", "src/index.js", "There is no src/index.js. Did you mean src/index.ts?"],
  ["a directory that is missing", "lib/a/b.ts", "There is no lib/a/b.ts: its directory lib/a is missing, too."],
  ["a directory", "src", "src is a directory. Use ls to see what is in it."],
  ["a path through a file", "src/index.ts/x", "src/index.ts/x can't exist: something before its last slash is a file."],
  ["a symlink to nowhere", "dangling", "dangling is a symlink to gone.txt, and nothing is there."],
  ["a symlink to itself", "loop", "loop is a symlink that leads back to itself."],
  ["a pipe", "pipe", "pipe is neither a file nor a directory: only files are read and written."],
  ["a NUL", "a\0b", "no path: it holds a NUL character."],
])("%s is explained", async (_, path, message) => {
  await using workspace = await open();
  workspace.write("src/index.ts", "");
  symlinkSync("gone.txt", join(workspace.directory, "dangling"));
  symlinkSync("loop", join(workspace.directory, "loop"));
  execFileSync("mkfifo", [join(workspace.directory, "pipe")]);
  const result = await workspace.call("read", { path });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain(message);
});

test("`~` is the home directory in every tool", async () => {
  await using workspace = await open({ environment: { ...process.env, HOME: "/nowhere" } });
  expect(await workspace.ask("read", { path: "~/x" })).toContain("/nowhere/x");
  expect(await workspace.ask("ls", { path: "~" })).toContain("/nowhere");
  expect(await workspace.ask("find", { pattern: "*", path: "~/x" })).toContain("/nowhere/x");
  mkdirSync(join(workspace.directory, "~x"));
  expect(await workspace.ask("ls", { path: "~x" })).toBe("(~x is empty)");
});

const TEXTS = fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "ä", "😀", "x".repeat(1500)), { maxLength: 60 });

property.prop([TEXTS, fc.integer({ min: 1, max: 5 })])(
  "pieces read one after the other are the whole file, however its bytes arrive",
  (parts, limit) => {
    const whole = parts.join("");
    const expected = whole === "" ? [] : (whole.endsWith("\n") ? whole.slice(0, -1) : whole).split("\n");
    const read: string[] = [];
    for (let offset = 1; ;) {
      const window = new LineWindow({ offset, limit });
      for (const part of parts) window.push(part);
      window.end();
      expect(window.total).toBe(expected.length);
      if (window.lines.length === 0) break;
      read.push(...window.lines);
      offset += window.lines.length;
    }
    const cut = (line: string): string => line.replace(/\r$/, "").slice(0, 1999);
    expect(read.map(cut)).toEqual(expected.map(cut));
  },
);
