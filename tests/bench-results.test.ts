import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

type Kind = "quick" | "usual" | "thorough";

interface Flags {
  quick: boolean;
  only: string[];
}
const bench = new URL("../bench/", import.meta.url);
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, bench).href)) as T;
const { keep } = await load<{
  keep: (run: { machine: object; kind: Kind; summaries: object[]; now: Date; into: string }) => string;
}>("lib/results.mjs");
const { choose } = await load<{
  choose: (flags: Flags) => { chosen: { name: string }[]; leftOut: string[] };
}>("suites/index.mjs");

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tau-bench-results-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const now = new Date("2026-11-28T12:00:00Z");
const run = (kind: Kind, suite: string, median: number) =>
  keep({
    machine: {},
    kind,
    summaries: [{ suite, aims: [], figures: [{ median }], rounds: [{}, {}] }],
    now,
    into: folder,
  });
const kept = (path: string) =>
  JSON.parse(readFileSync(path, "utf8")) as {
    suites: { suite: string; rounds: number; figures: { median: number }[] }[];
  };

test("a run that is not thorough does not take the place of one that is", () => {
  const thorough = run("thorough", "call", 1);
  run("quick", "call", 2);
  run("usual", "call", 3);
  expect(kept(thorough).suites[0]?.figures[0]?.median).toBe(1);
  expect(readdirSync(folder)).toEqual(["2026-11-28-quick.json", "2026-11-28-usual.json", "2026-11-28.json"]);
});

test("what is kept says how many rounds it was measured in", () => {
  expect(kept(run("usual", "call", 1)).suites[0]?.rounds).toBe(2);
});

test("a suite that is measured again the same day replaces its own result and no other", () => {
  run("usual", "call", 1);
  run("usual", "size", 2);
  const medians = kept(run("usual", "call", 3)).suites.map(({ suite, figures }) => [suite, figures[0]?.median]);
  expect(medians).toEqual([
    ["call", 3],
    ["size", 2],
  ]);
});

test("a quick run says by name which suites it leaves out", () => {
  const { chosen, leftOut } = choose({ quick: true, only: [] });
  expect(leftOut).toContain("mechanisms-reload");
  expect(chosen.map(({ name }) => name)).not.toContain("mechanisms-reload");
  expect(choose({ quick: false, only: [] }).leftOut).toEqual([]);
});

test("a suite that is named runs, quick or not", () => {
  const { chosen } = choose({ quick: true, only: ["mechanisms-reload"] });
  expect(chosen.map(({ name }) => name)).toEqual(["mechanisms-reload"]);
});

test("a suite that does not exist is an error that names those that do", () => {
  expect(() => choose({ quick: false, only: ["cal"] })).toThrow("There are: call, call-4k");
});
