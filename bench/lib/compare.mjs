// Beside a run that was kept: which ratios have moved further than the rounds wander by themselves?
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readable, table } from "./tables.mjs";

export const baselinePath = fileURLToPath(new URL("../baseline.json", import.meta.url));

/** A change this small is never worth a look, however quiet both runs were. */
const LEAST_CHANGE = 0.05;

/**
 * @typedef {{ median: number, least: number, most: number, better?: "less" | "more" }} Ratio `better` only where there is a target
 * @typedef {{ about: string, node: string, cpu: string, ratios: Record<string, Ratio> }} Baseline
 * @typedef {ReturnType<typeof import("./report.mjs").summarise>} Summary
 */

/** The measured ratios of a run, by "suite: name". Times are left out: another machine has others. @param {Summary[]} summaries */
export function ratiosOf(summaries) {
  /** @type {Record<string, Ratio>} */
  const ratios = {};
  for (const { suite, aims } of summaries) {
    for (const { name, unit, median, least, most, atMost, atLeast } of aims) {
      if (unit !== "×" || median === undefined) continue;
      const better = atMost !== undefined ? "less" : atLeast !== undefined ? "more" : undefined;
      ratios[`${suite}: ${name}`] = { median, least, most, better };
    }
  }
  return ratios;
}

/**
 * A ratio has moved when the two runs' rounds do not even touch and the medians are 5 % apart.
 * @param {Ratio} before @param {Ratio} now
 * @returns {"same" | "better" | "WORSE" | "lower" | "higher"} the last two where there is no target, so that nobody has said which is better
 */
export function movement(before, now) {
  const apart = now.least > before.most || now.most < before.least;
  if (!apart || Math.abs(now.median / before.median - 1) < LEAST_CHANGE) return "same";
  const more = now.median > before.median;
  if (now.better === undefined) return more ? "higher" : "lower";
  return more === (now.better === "more") ? "better" : "WORSE";
}

/** @param {Record<string, Ratio>} before @param {Record<string, Ratio>} now */
export function compare(before, now) {
  const shared = Object.keys(now).filter((name) => before[name] !== undefined);
  return {
    moved: shared.flatMap((name) => {
      const how = movement(before[name], now[name]);
      return how === "same" ? [] : [{ name, how, before: before[name], now: now[name] }];
    }),
    same: shared.filter((name) => movement(before[name], now[name]) === "same").length,
    fresh: Object.keys(now).filter((name) => before[name] === undefined),
  };
}

/** @param {ReturnType<typeof compare>} result @param {Baseline} baseline */
export function comparisonText({ moved, same, fresh }, baseline) {
  const lines = [`Beside the baseline (${baseline.about}, Node ${baseline.node}, ${baseline.cpu}):`];
  if (moved.length > 0) {
    const range = (/** @type {Ratio} */ { least, most }) => `${readable(least)} … ${readable(most)}`;
    const rows = moved.map(({ name, how, before, now }) => [
      name,
      readable(before.median),
      readable(now.median),
      how,
      `${range(before)}  →  ${range(now)}`,
    ]);
    lines.push(table([["", "before", "now", "", "rounds"], ...rows]));
  }
  lines.push(`${moved.length} moved beyond the noise, ${same} did not.`);
  if (fresh.length > 0) lines.push(`Not in the baseline: ${fresh.join("; ")}`);
  return lines.join("\n");
}

/** What tells whether it is so. @param {{ name: string }[]} moved */
export function afterQuick(moved) {
  const suites = [...new Set(moved.map(({ name }) => name.split(": ", 1)[0]))];
  const flags = suites.map((suite) => `--only ${suite}`).join(" ");
  return `A quick run is too short to say so for sure: npm run bench -- --compare ${flags}`;
}

/** @returns {Baseline} */
export function readBaseline() {
  return JSON.parse(readFileSync(baselinePath, "utf8"));
}

/** Replaces the ratios of the suites that ran and keeps the others. @param {Baseline} fresh */
export function writeBaseline(fresh) {
  /** @type {Record<string, Ratio>} */
  let kept = {};
  try {
    kept = readBaseline().ratios;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
  }
  const ran = new Set(Object.keys(fresh.ratios).map((name) => name.split(": ", 1)[0]));
  const others = Object.entries(kept).filter(([name]) => !ran.has(name.split(": ", 1)[0]));
  const ratios = Object.fromEntries(
    [...others, ...Object.entries(fresh.ratios)].map(([name, ratio]) => [name, rounded(ratio)]),
  );
  writeFileSync(baselinePath, `${JSON.stringify({ ...fresh, ratios }, null, 2)}\n`);
}

/** Four digits: more would be noise, and a diff nobody reads. @param {Ratio} ratio */
function rounded({ median, least, most, better }) {
  const short = (/** @type {number} */ value) => Number(value.toPrecision(4));
  return { median: short(median), least: short(least), most: short(most), better };
}
