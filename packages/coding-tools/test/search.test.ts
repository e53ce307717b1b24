import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAlive } from "../../host/test/support/processes.ts";
import { errorOf } from "../../host/test/support/workspace.ts";
import { textOf, toolsOpener } from "./support/tools.ts";

const open = toolsOpener();

test("grep answers path, line and text, and leaves out binary files, .git and what .gitignore names", async () => {
  await using workspace = await open();
  workspace.write("src/a.ts", "one\nneedle here\r\n");
  workspace.write("src/deep/b.ts", "needle");
  workspace.write("dist/out.js", "needle");
  workspace.write(".git/config", "needle");
  workspace.write("data.bin", "needle\0");
  workspace.write(".gitignore", "dist\n");
  expect(await workspace.ask("grep", { pattern: "needle" })).toBe("src/a.ts:2: needle here\nsrc/deep/b.ts:1: needle");
  expect(await workspace.ask("grep", { pattern: "needle", includeIgnored: true })).toContain("dist/out.js:1: needle");
});

test("a directory that .gitignore leaves out is searched when it is named", async () => {
  await using workspace = await open();
  workspace.write("node_modules/x/index.js", "needle");
  workspace.write(".gitignore", "node_modules\n");
  mkdirSync(join(workspace.directory, ".git"));
  expect(await workspace.ask("grep", { pattern: "needle" })).toBe("Nothing fits needle.");
  const inside = await workspace.ask("grep", { pattern: "needle", path: "node_modules/x" });
  expect(inside).toBe("node_modules/x/index.js:1: needle");
});

test.each([
  [{ pattern: "A.C", literal: true }, "a.txt:2: A.C"],
  [{ pattern: "abc", ignoreCase: true, glob: "*.txt" }, "a.txt:1: abc"],
  [{ pattern: "(?i)ABC" }, "a.txt:1: abc"],
  [{ pattern: "^abc$", path: "a.txt" }, "a.txt:1: abc"],
  [{ pattern: "A\\.C", context: 1 }, "a.txt-1- abc\na.txt:2: A.C\na.txt-3- three"],
  [{ pattern: "^\\p{Lu}\\." }, "a.txt:2: A.C"],
  [{ pattern: "five|abc", context: 1 }, "a.txt:1: abc\na.txt-2- A.C\n--\na.txt-4- four\na.txt:5: five"],
])("grep %j", async (params, expected) => {
  await using workspace = await open();
  workspace.write("a.txt", "abc\nA.C\nthree\nfour\nfive\n");
  expect(await workspace.ask("grep", params)).toBe(expected);
});

test("grep stops at its limit, and says that there is more", async () => {
  await using workspace = await open();
  workspace.write("a.txt", "x\n".repeat(10));
  const result = await workspace.call("grep", { pattern: "x", limit: 3 });
  expect(textOf(result)).toBe(
    "a.txt:1: x\na.txt:2: x\na.txt:3: x\n\n[The first 3 matches; there are more. Narrow it down or raise limit.]",
  );
  expect(result.details).toEqual({ matches: 3, files: 1, isCut: true });
  expect((await workspace.call("grep", { pattern: "x", limit: 10 })).details).toMatchObject({ isCut: false });
});

test("a match far back in a long line is shown with what is around it", async () => {
  await using workspace = await open();
  workspace.write("min.js", `${"a".repeat(3000)}needle${"b".repeat(20_000)}`);
  const text = await workspace.ask("grep", { pattern: "needle" });
  expect(text).toContain(`min.js:1: …${"a".repeat(100)}needlebbb`);
  expect(text).toContain("[Lines were searched up to 10000 characters; 1 are longer.]");
});

test("a pattern that would take for ever is told, and takes the other calls no longer than a moment", async () => {
  await using workspace = await open();
  workspace.write("a.txt", `${"a".repeat(60)}!\n`);
  const [slow, other] = await Promise.all([
    workspace.call("grep", { pattern: "^(a+)+$" }),
    workspace.ask("ls", {}, { timeoutMs: 10_000 }),
  ]);
  expect(slow.isError).toBe(true);
  expect(textOf(slow)).toContain("takes too long, in line 1 of a.txt");
  expect(other).toContain("a.txt");
});

test("a byte order mark does not stand before the first line", async () => {
  await using workspace = await open();
  workspace.write("a.txt", "\uFEFFneedle\n");
  expect(await workspace.ask("grep", { pattern: "^needle" })).toBe("a.txt:1: needle");
});

test("a binary file that is named is told, not taken for one without a match", async () => {
  await using workspace = await open();
  workspace.write("data", "needle\0");
  expect(await workspace.ask("grep", { pattern: "needle", path: "data" })).toBe(
    "Nothing fits needle.\n\n[1 binary file left out.]",
  );
});

test("a file is searched once, though a symlink leads to it", async () => {
  await using workspace = await open();
  workspace.write("a.txt", "needle");
  symlinkSync("a.txt", join(workspace.directory, "b.txt"));
  expect(await workspace.ask("grep", { pattern: "needle" })).toBe("a.txt:1: needle");
  expect(await workspace.ask("grep", { pattern: "needle", path: "b.txt" })).toBe("a.txt:1: needle");
});

test("no more is answered than a model can read, whatever the limit is", async () => {
  await using workspace = await open();
  workspace.write("a.txt", "x\n".repeat(5000));
  const result = await workspace.call("grep", { pattern: "x", limit: 1_000_000 });
  expect(result.details).toEqual({ matches: 2000, files: 1, isCut: true });
  expect(
    textOf(result)
      .split("\n")
      .filter((line) => line.startsWith("a.txt:")),
  ).toHaveLength(2000);
  workspace.write("wide.txt", `x${"y".repeat(400)}\n`.repeat(300));
  const wide = await workspace.call("grep", { pattern: "x", path: "wide.txt", limit: 300 });
  expect(textOf(wide)).toContain("[Cut for its length. Narrow it down.]");
  expect(wide.details).toMatchObject({ matches: 300, isCut: true });
});

test("what is no regular expression is told with the reason", async () => {
  await using workspace = await open();
  const result = await workspace.call("grep", { pattern: "foo(" });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain("Unterminated group");
});

test("a search ends when its call is cancelled, and the extension lives", async () => {
  await using workspace = await open();
  workspace.write("a.txt", `${"a".repeat(19)}\n`.repeat(700_000));
  const { pid } = workspace.host.extensions().find(({ tools }) => tools.includes("grep")) ?? {};
  const controller = new AbortController();
  // Some thousand steps for each line: minutes in all, and never too long for one.
  const call = workspace.call("grep", { pattern: "(a|aa)+!" }, { signal: controller.signal });
  await workspace.ask("ls");
  controller.abort();
  expect((await errorOf(call)).code).toBe("cancelled");
  expect(await workspace.ask("ls")).toContain("a.txt");
  expect(isAlive(pid ?? 0)).toBe(true);
});

test.each<[{ pattern: string; path?: string; limit?: number }, string]>([
  [{ pattern: "*.ts" }, "src/a.ts\nsrc/deep/b.ts"],
  [{ pattern: "src/*" }, "src/a.ts\nsrc/deep/"],
  [{ pattern: "src/**" }, "src/a.ts\nsrc/deep/\nsrc/deep/b.ts"],
  [{ pattern: "README.md/**" }, "Nothing fits README.md/**."],
  [{ pattern: "**/*.{md,ts}" }, "README.md\nsrc/a.ts\nsrc/deep/b.ts"],
  [{ pattern: "./*.md" }, "README.md"],
  [{ pattern: "*.ts", path: "src/deep" }, "src/deep/b.ts"],
  [{ pattern: "deep/*.ts", path: "src" }, "src/deep/b.ts"],
  [{ pattern: ".hidden" }, ".hidden"],
  [{ pattern: "dee[op]" }, "src/deep/"],
  [{ pattern: "deep/" }, "src/deep/"],
  [{ pattern: "*/" }, "src/\nsrc/deep/"],
  [{ pattern: "/src/*/" }, "src/deep/"],
  [{ pattern: "./" }, "The glob pattern ./ names nothing. Everything is `**`."],
  [{ pattern: "*.rs" }, "Nothing fits *.rs."],
  [
    { pattern: "*.ts", limit: 1 },
    "src/a.ts\n\n[The first 1; there are more. Narrow the pattern or raise limit, which is at most 2000.]",
  ],
])("find %j", async (params, expected) => {
  await using workspace = await open();
  for (const path of ["README.md", ".hidden", "src/a.ts", "src/deep/b.ts"]) workspace.write(path, "");
  expect(await workspace.ask("find", params)).toBe(expected);
});

test("ls shows directories, hidden files and where symlinks lead", async () => {
  await using workspace = await open();
  workspace.write("d/sub/x", "");
  workspace.write("d/.env", "");
  symlinkSync("sub/x", join(workspace.directory, "d/link"));
  expect(await workspace.ask("ls", { path: "d" })).toBe(".env\nlink -> sub/x\nsub/");
  expect(await workspace.ask("ls", { path: "d", limit: 1 })).toBe(
    ".env\n\n[1 of 3 entries. Use find to narrow it down.]",
  );
  expect(await workspace.ask("ls", { path: "d/.env" })).toBe("d/.env is not a directory. Use read to see a file.");
});

test("a symlink that leads upwards does not make a walk endless", async () => {
  await using workspace = await open();
  workspace.write("d/x.txt", "needle");
  symlinkSync("..", join(workspace.directory, "d/up"));
  expect(await workspace.ask("grep", { pattern: "needle", path: "d" })).toBe("d/x.txt:1: needle");
});
