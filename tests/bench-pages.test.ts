import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// The benchmarks are plain modules that no compiler sees; what is used of them is written down here.
interface Figure {
  contestant: string;
  key: string;
  name: string;
  unit: string;
  median: number;
  least: number;
  most: number;
}
interface Suite {
  suite: string;
  about: string;
  measured: string;
  figures: Figure[];
  aims: object[];
}
interface Results {
  machine: Record<string, string | number>;
  suites: Suite[];
}
const bench = new URL("../bench/", import.meta.url);
const docs = new URL("../docs/", import.meta.url);
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, bench).href)) as T;
const { pages, withBlock } = await load<{
  pages: (results: Results) => Map<string, string>;
  withBlock: (page: string, name: string, content: string) => string;
}>("lib/pages.mjs");
const { newest } = await load<{ newest: () => Results }>("lib/results.mjs");
const { chartOf } = await load<{ chartOf: (suite: Suite) => string }>("lib/chart.mjs");

const suite = (median: number): Suite => ({
  suite: "call",
  about: "a call & a <chart>",
  measured: "2026-11-28T00:00:00.000Z",
  figures: [{ contestant: "tau", key: "p50", name: "p50", unit: "µs", median, least: median, most: median }],
  aims: [],
});

test("the committed pages and charts are those that the committed results give", () => {
  const made = pages(newest());
  for (const [path, text] of made) expect(readFileSync(new URL(path, docs), "utf8"), path).toBe(text);
});

test("there is a chart for each suite with results, and none of anything else", () => {
  const names = newest().suites.map((result) => `${result.suite}.svg`);
  expect(readdirSync(new URL("benchmarks", docs)).sort()).toEqual(names.sort());
});

test("another result gives another chart", () => {
  expect(chartOf(suite(26))).not.toBe(chartOf(suite(27)));
});

test("a chart escapes what a suite says of itself", () => {
  expect(chartOf(suite(26))).toContain("a call &amp; a &lt;chart&gt;");
});

test("a chart has colours for dark pages", () => {
  expect(chartOf(suite(26))).toContain("prefers-color-scheme: dark");
});

test("a page without the lines between which a table belongs is an error that names them", () => {
  expect(() => withBlock("# A page\n", "targets", "…")).toThrow("<!-- targets: made by bench/pages.mjs -->");
});
