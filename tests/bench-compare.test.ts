import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

// The benchmarks are plain modules that no compiler sees; what is used of this one is written down here.
interface Ratio {
  median: number;
  least: number;
  most: number;
  better?: "less" | "more";
}
const path = new URL("../bench/lib/compare.mjs", pathToFileURL(import.meta.filename)).href;
const { movement, afterQuick } = (await import(path)) as {
  movement: (before: Ratio, now: Ratio) => string;
  afterQuick: (moved: { name: string }[]) => string;
};
const ratio = (least: number, median: number, most: number, better?: "less" | "more"): Ratio =>
  better === undefined ? { least, median, most } : { least, median, most, better };

test("a ratio whose rounds touch those of the baseline has not moved", () => {
  expect(movement(ratio(1, 1.1, 1.5), ratio(1.4, 1.6, 1.8, "less"))).toBe("same");
});

test("a ratio that moved by less than five percent has not moved, however quiet the runs were", () => {
  expect(movement(ratio(1, 1, 1), ratio(1.04, 1.04, 1.04, "less"))).toBe("same");
});

test("more is worse where less is the target, and better where more is", () => {
  expect(movement(ratio(1, 1.1, 1.2), ratio(1.3, 1.4, 1.5, "less"))).toBe("WORSE");
  expect(movement(ratio(1, 1.1, 1.2), ratio(1.3, 1.4, 1.5, "more"))).toBe("better");
  expect(movement(ratio(1, 1.1, 1.2), ratio(0.5, 0.6, 0.7, "more"))).toBe("WORSE");
});

test("a ratio without a target is only said to be higher or lower", () => {
  expect(movement(ratio(1, 1.1, 1.2), ratio(1.3, 1.4, 1.5))).toBe("higher");
  expect(movement(ratio(1, 1.1, 1.2), ratio(0.5, 0.6, 0.7))).toBe("lower");
});

test("what a quick run shows as moved can be measured again with the command that it names", () => {
  const moved = [{ name: "size: 10 MB: tau ÷ MCP" }, { name: "size: 1 MB: tau ÷ MCP" }, { name: "reload: tau ÷ jiti" }];
  expect(afterQuick(moved)).toContain("npm run bench -- --compare --only size --only reload");
});
