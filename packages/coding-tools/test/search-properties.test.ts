import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, expect } from "vitest";
import { Glob } from "../src/glob.ts";
import { Problem } from "../src/problem.ts";
import { fitLines } from "../src/sizes.ts";
import { walk, type WalkedEntry } from "../src/walk.ts";
import { Watchdog } from "../src/watchdog.ts";

const NAMES = ["a", "b", "ab", "c.txt", "build"];
const PATHS = fc.uniqueArray(
  fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join("/")}.f`),
  {
    minLength: 1,
    maxLength: 8,
  },
);
const RULES = fc.array(
  fc.constantFrom(
    "a",
    "/a",
    "b/",
    "*.txt.f",
    "a/*",
    "!a/ab.f",
    "**/build",
    "build/**",
    "!build.f",
    "a/**/b.f",
    "# note",
    "",
    "/*.f",
    "BUILD",
    "A/",
  ),
  { maxLength: 4 },
);

property.prop([PATHS, RULES, RULES, fc.constantFrom(...NAMES)], { numRuns: 40 })(
  "a walk sees what git sees",
  async (paths, rules, nested, nestedIn) => {
    const root = mkdtempSync(join(tmpdir(), "tau-walk-"));
    try {
      const git = (...args: string[]): string => execFileSync("git", ["-C", root, ...args], { encoding: "utf8" });
      git("init", "-q");
      for (const path of [...paths, `${nestedIn}/.gitignore`, ".gitignore"]) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), "");
      }
      writeFileSync(join(root, ".gitignore"), rules.join("\n"));
      writeFileSync(join(root, nestedIn, ".gitignore"), nested.join("\n"));
      const expected = git("-c", "core.excludesFile=/dev/null", "ls-files", "-co", "--exclude-standard").split("\n");
      const seen: string[] = [];
      for (const { relative, isDirectory } of await entriesOf(root)) if (!isDirectory) seen.push(relative);
      expect(seen.toSorted()).toEqual(expected.filter((path) => path !== "").toSorted());
    } finally {
      rmSync(root, { recursive: true });
    }
  },
);

async function entriesOf(root: string): Promise<WalkedEntry[]> {
  const { signal } = new AbortController();
  const all: WalkedEntry[] = [];
  for await (const entries of walk({ root, includeIgnored: false, signal })) all.push(...entries);
  return all;
}

const tree = mkdtempSync(join(tmpdir(), "tau-glob-"));
afterAll(() => rmSync(tree, { recursive: true }));
for (const path of ["a/a/b.ts", "a/b", "b/a.ts", "ab/ab/ab.ts", "b.ts", ".h/a", "a.b"]) {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), "");
}

const NAME = fc
  .array(fc.constantFrom("a", "b", ".ts", "*", "?", "[ab]", "{a,b}", ".h"), { minLength: 1, maxLength: 3 })
  // Two stars in a name are one.
  .map((atoms) => atoms.join("").replace(/\*+/g, "*"));
const DIRECTORIES = fc.array(fc.oneof(fc.constant("**"), NAME), { maxLength: 2 });

// `**` at the end has a test of its own: bash lists the directory itself for some patterns, and for others not.
property.prop([DIRECTORIES, NAME], { numRuns: 50 })("a glob finds what bash finds", async (directories, name) => {
  const pattern = [...directories, name].join("/");
  const script = `shopt -s globstar dotglob nullglob; printf '%s\\n' ${pattern}`;
  const printed = execFileSync("bash", ["-c", script], { cwd: tree, encoding: "utf8" }).split("\n");
  // What holds no wildcard is printed though it is not there.
  const existing = printed.filter((path) => path !== "" && existsSync(join(tree, path)));
  const found = new Glob(`./${pattern}`, new Watchdog()).choose(await entriesOf(tree));
  expect(found.map(({ relative }) => relative).toSorted()).toEqual([...new Set(existing)].toSorted());
});

property.prop([fc.stringMatching(/^[ab*?[\]{}()!+@,\\/.^$|:-]{1,30}$/)])(
  "any text is a glob, or refused with a reason",
  (pattern) => {
    const entry = { path: "/w/a/b", relative: "a/b", isDirectory: false };
    try {
      expect(new Glob(pattern, new Watchdog()).choose([entry]).length).toBeLessThanOrEqual(1);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
    }
  },
);

property.prop([fc.array(fc.string({ unit: fc.constantFrom("a", "ä", "😀"), maxLength: 20 })), fc.nat(10), fc.nat(100)])(
  "as many lines are shown as fit, and never none",
  (lines, maxLines, maxBytes) => {
    const fitting = fitLines(lines, maxLines + 1, maxBytes);
    const bytesOf = (some: readonly string[]): number => Buffer.byteLength(some.map((line) => `${line}\n`).join(""));
    expect(fitting).toEqual(lines.slice(0, fitting.length));
    expect(fitting.length).toBeGreaterThanOrEqual(Math.min(lines.length, 1));
    expect(fitting.length).toBeLessThanOrEqual(maxLines + 1);
    if (fitting.length > 1) expect(bytesOf(fitting)).toBeLessThanOrEqual(maxBytes);
    const isFull = fitting.length === maxLines + 1 || bytesOf(lines.slice(0, fitting.length + 1)) > maxBytes;
    if (fitting.length < lines.length) expect(isFull).toBe(true);
  },
);
