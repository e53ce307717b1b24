// Results that stay: one file a day in bench/results, from which the charts and the pages are made.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("../results/", import.meta.url));

/**
 * @typedef {ReturnType<typeof import("./report.mjs").summarise>} Summary
 * @typedef {Omit<Summary, "rounds"> & { measured: string, quick: boolean }} KeptSuite
 * @typedef {{ machine: Record<string, unknown>, suites: KeptSuite[] }} Results
 */

/**
 * Adds to the day's file; a suite that was measured again replaces its older result.
 * @param {{ machine: Record<string, unknown>, quick: boolean, summaries: Summary[], now: Date }} run
 * @returns {string} the file's path
 */
export function keep({ machine, quick, summaries, now }) {
  mkdirSync(directory, { recursive: true });
  const path = `${directory}${now.toISOString().slice(0, 10)}.json`;
  /** @type {KeptSuite[]} */
  const before = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).suites : [];
  const fresh = summaries.map((summary) => ({
    ...summary,
    rounds: undefined, // many, and only --json wants them
    measured: now.toISOString(),
    quick,
  }));
  const others = before.filter(({ suite }) => !fresh.some((summary) => summary.suite === suite));
  const suites = [...others, ...fresh].sort((a, b) => a.suite.localeCompare(b.suite));
  const digits = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  writeFileSync(path, `${JSON.stringify({ machine, suites }, digits, 2)}\n`);
  return path;
}

/** The newest result of every suite, over all days. @returns {Results} */
export function newest() {
  const days = readdirSync(directory).filter((name) => name.endsWith(".json"));
  if (days.length === 0) throw new Error("bench/results is empty: run `npm run bench -- --keep` first");
  /** @type {Map<string, KeptSuite>} */
  const suites = new Map();
  let machine = {};
  for (const day of days.sort()) {
    /** @type {Results} */
    const results = JSON.parse(readFileSync(directory + day, "utf8"));
    machine = results.machine;
    for (const suite of results.suites) suites.set(suite.suite, suite);
  }
  return { machine, suites: [...suites.values()] };
}
