import { expect, test } from "vitest";

interface Settings {
  quick: boolean;
  thorough: boolean;
  without: string[];
  cacheDir: string;
  core: undefined;
}
const url = new URL("../bench/lib/run-suite.mjs", import.meta.url);
const { runSuite } = (await import(url.href)) as {
  runSuite: (suite: object, settings: Settings) => Promise<{ rounds: Record<string, { p50: number }>[] }>;
};

const once = { bytes: 1, warmup: 1, calls: 1, gapMs: 0 };
const suite = { driver: "call.mjs", contestants: ["in-process"], pinned: false, rounds: 3, full: once };
const run = (settings: { quick?: boolean; thorough?: boolean }) =>
  runSuite(suite, { quick: false, thorough: false, ...settings, without: [], cacheDir: "/nowhere", core: undefined });

test("a suite is measured in two rounds, and in all of its own in a thorough run", async () => {
  const [usual, quick, thorough] = await Promise.all([run({}), run({ quick: true }), run({ thorough: true })]);
  expect([usual, quick, thorough].map(({ rounds }) => rounds.length)).toEqual([2, 2, 3]);
  expect(thorough.rounds.every((round) => (round["in-process"]?.p50 ?? 0) > 0)).toBe(true);
});
