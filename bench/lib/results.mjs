// Results that stay: one file a day in bench/results, from which the charts and the pages are made.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("../results/", import.meta.url));

/**
 * @typedef {ReturnType<typeof import("./report.mjs").summarise>} Summary
 * @typedef {Omit<Summary, "rounds"> & { measured: string, load: string | number }} KeptSuite
 * @typedef {{ machine: Record<string, string | number>, suites: KeptSuite[] }} Results
 */

/**
 * Adds to the day's file; a suite that was measured again replaces its older result. A quick run has a file of its own, which nothing is
 * made from, so that it never takes the place of a full one.
 * @param {{ machine: Results["machine"], quick: boolean, summaries: Summary[], now: Date, into?: string }} run `into` is a folder
 * @returns {string} the file's path
 */
export function keep({ machine, quick, summaries, now, into = directory }) {
  mkdirSync(into, { recursive: true });
  const path = `${into}/${now.toISOString().slice(0, 10)}${quick ? "-quick" : ""}.json`.replace("//", "/");
  /** @type {KeptSuite[]} */
  const before = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).suites : [];
  const { load = "unknown" } = machine;
  const fresh = summaries.map(({ rounds: _many, ...summary }) => ({ ...summary, measured: now.toISOString(), load }));
  const others = before.filter(({ suite }) => !fresh.some((summary) => summary.suite === suite));
  const suites = [...others, ...fresh].sort((a, b) => a.suite.localeCompare(b.suite));
  const digits = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  writeFileSync(path, `${JSON.stringify({ machine, suites }, digits, 2)}\n`);
  return path;
}

/** The newest full result of every suite, over all days. @returns {Results} */
export function newest() {
  const days = existsSync(directory) ? readdirSync(directory).filter((name) => /^[\d-]+\.json$/.test(name)) : [];
  if (days.length === 0) throw new Error("bench/results has no full run: make one with `npm run bench`");
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
