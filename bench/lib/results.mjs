// Results that stay: one file a day in bench/results, from which the charts and the pages are made.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("../results/", import.meta.url));

/**
 * @typedef {ReturnType<typeof import("./report.mjs").summarise>} Summary
 * @typedef {Omit<Summary, "rounds"> & { rounds: number, measured: string, load: string | number }} KeptSuite
 * @typedef {{ machine: Record<string, string | number>, suites: KeptSuite[] }} Results
 * @typedef {"quick" | "usual" | "thorough"} Kind
 */

/**
 * Adds to the day's file; a suite that was measured again replaces its older result. Runs that are not thorough have files of their
 * own, which nothing is made from, so that they never take the place of a thorough one.
 * @param {{ machine: Results["machine"], kind: Kind, summaries: Summary[], now: Date, into?: string }} run `into` is a folder
 * @returns {string} the file's path
 */
export function keep({ machine, kind, summaries, now, into = directory }) {
  mkdirSync(into, { recursive: true });
  const path = `${into}/${now.toISOString().slice(0, 10)}${kind === "thorough" ? "" : `-${kind}`}.json`.replace(
    "//",
    "/",
  );
  /** @type {KeptSuite[]} */
  const before = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).suites : [];
  const { load = "unknown" } = machine;
  const measured = now.toISOString();
  const fresh = summaries.map(({ rounds, ...summary }) => ({ ...summary, rounds: rounds.length, measured, load }));
  const others = before.filter(({ suite }) => !fresh.some((summary) => summary.suite === suite));
  const suites = [...others, ...fresh].sort((a, b) => a.suite.localeCompare(b.suite));
  const digits = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  writeFileSync(path, `${JSON.stringify({ machine, suites }, digits, 2)}\n`);
  return path;
}

/** The newest thorough result of every suite, over all days. @returns {Results} */
export function newest() {
  const days = existsSync(directory) ? readdirSync(directory).filter((name) => /^[\d-]+\.json$/.test(name)) : [];
  if (days.length === 0)
    throw new Error("bench/results has no thorough run: make one with `npm run bench -- --thorough`");
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
