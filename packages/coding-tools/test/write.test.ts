import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { textOf, toolsOpener } from "./support/tools.ts";

const open = toolsOpener();

test("a file is made with its directories", async () => {
  await using workspace = await open();
  expect(await workspace.call("write", { path: "a/b/c.txt", content: "one\ntwo" })).toEqual({
    content: [{ type: "text", text: "Wrote a/b/c.txt: 2 lines, 7 B." }],
    details: { path: "a/b/c.txt", lines: 2, bytes: 7 },
  });
  expect(readFileSync(join(workspace.directory, "a/b/c.txt"), "utf8")).toBe("one\ntwo");
});

test("a file is replaced in one step, with its mode, and nothing is left beside it", async () => {
  await using workspace = await open();
  const path = workspace.write("dir/run.sh", "old");
  chmodSync(path, 0o750);
  const before = statSync(path).ino;
  await workspace.ask("write", { path: "dir/run.sh", content: "new" });
  const after = statSync(path);
  // Another inode: those who read the old one go on reading it, and a crash leaves one or the other.
  expect(after.ino).not.toBe(before);
  expect(after.mode & 0o777).toBe(0o750);
  expect(readdirSync(join(workspace.directory, "dir"))).toEqual(["run.sh"]);
});

test("a symlink stays one, and what it leads to is written", async () => {
  await using workspace = await open();
  const target = workspace.write("real/config.json", "{}");
  symlinkSync(target, join(workspace.directory, "link.json"));
  await workspace.ask("write", { path: "link.json", content: "[]" });
  expect(readlinkSync(join(workspace.directory, "link.json"))).toBe(target);
  expect(readFileSync(target, "utf8")).toBe("[]");
});

test("a symlink to what is missing stays one, and its target is made", async () => {
  await using workspace = await open();
  symlinkSync("real/new.txt", join(workspace.directory, "link"));
  await workspace.ask("write", { path: "link", content: "new" });
  expect(readlinkSync(join(workspace.directory, "link"))).toBe("real/new.txt");
  expect(readFileSync(join(workspace.directory, "real/new.txt"), "utf8")).toBe("new");
});

test("a pipe or a device is not replaced by a file", async () => {
  await using workspace = await open();
  execFileSync("mkfifo", [join(workspace.directory, "pipe")]);
  const result = await workspace.call("write", { path: "pipe", content: "x" });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toBe("pipe is neither a file nor a directory: only files are read and written.");
  expect(statSync(join(workspace.directory, "pipe")).isFIFO()).toBe(true);
});

// Nothing is denied to root, who runs the tests in containers.
const anybody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const isNodeForRootOnly = spawnSync(process.execPath, ["--version"], { ...anybody, cwd: "/" }).error !== undefined;
if (isNodeForRootOnly) console.warn(`A test of writing is skipped: nobody but root may run ${process.execPath}.`);

test.skipIf(isNodeForRootOnly)(
  "a file that its user may not write stays as it is, though the directory would allow it",
  async () => {
    await using workspace = await open();
    const path = workspace.write("open/kept.txt", "kept");
    chmodSync(workspace.directory, 0o755);
    chmodSync(join(workspace.directory, "open"), 0o777);
    chmodSync(path, 0o444);
    const script = `
    const { save } = await import(${JSON.stringify(new URL("../dist/save.js", import.meta.url).href)});
    await save(${JSON.stringify(join(workspace.directory, "open/new.txt"))}, "new");
    await save(${JSON.stringify(path)}, "lost").catch(({ code }) => console.log(code));
  `;
    const options = { ...anybody, cwd: "/", encoding: "utf8" } as const;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], options)).toBe("EACCES\n");
    expect(readFileSync(path, "utf8")).toBe("kept");
    expect(readdirSync(join(workspace.directory, "open")).toSorted()).toEqual(["kept.txt", "new.txt"]);
  },
);

test("nothing is left behind when writing fails", async () => {
  await using workspace = await open();
  mkdirSync(join(workspace.directory, "taken"));
  const result = await workspace.call("write", { path: "taken", content: "x" });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain("taken is a directory");
  expect(readdirSync(workspace.directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a path through a file is explained", async () => {
  await using workspace = await open();
  workspace.write("file", "");
  expect(await workspace.ask("write", { path: "file/x/y", content: "" })).toContain(
    "something before its last slash is a file",
  );
});

test("a reader never sees half a file", async () => {
  await using workspace = await open();
  const path = workspace.write("big.txt", "a".repeat(200_000));
  let isWritten = false;
  const letters = (async () => {
    for (const letter of ["b", "c", "d"])
      await workspace.ask("write", { path: "big.txt", content: letter.repeat(200_000) });
    isWritten = true;
  })();
  while (!isWritten) {
    const text = readFileSync(path, "utf8");
    expect(`${text.length} ${[...new Set(text)].join("")}`).toMatch(/^200000 [abcd]$/);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await letters;
});
