// From rounds to numbers, and from numbers to text.
import { median } from "./stats.mjs";
import { markdownTable, readable, table } from "./tables.mjs";

/** @typedef {import("../suites/index.mjs").Suite} Suite */
/** @typedef {import("../suites/index.mjs").Round} Round */
/** @typedef {import("../suites/index.mjs").Aim} Aim */

/** Median, least and most of a number over the rounds; undefined where a contestant is missing. */
function over(/** @type {Round[]} */ rounds, /** @type {(round: Round) => number} */ value) {
  try {
    const values = rounds.map(value);
    if (values.some((number) => !Number.isFinite(number))) return undefined;
    return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
  } catch {
    return undefined;
  }
}

/** @param {Pick<Aim, "atMost" | "atLeast">} aim @param {number} value */
function verdict(aim, value) {
  if (aim.atMost !== undefined) return value <= aim.atMost ? "ok" : "MISSED";
  if (aim.atLeast !== undefined) return value >= aim.atLeast ? "ok" : "MISSED";
  return "";
}

/** A ratio that has no target and was not measured is left out: not everybody takes part in every run. @param {Suite} suite @param {Round[]} rounds */
export function summarise(suite, rounds) {
  const contestants = suite.contestants.filter((name) => rounds[0]?.[name] !== undefined);
  const aims = suite.aims.map(({ value, name, unit = "×", atMost, atLeast }) => {
    const measured = over(rounds, value);
    const said = measured === undefined ? "not measured" : verdict({ atMost, atLeast }, measured.median);
    return { name, unit, atMost, atLeast, ...measured, verdict: said };
  });
  return {
    suite: suite.name,
    about: suite.about,
    aims: aims.filter((aim) => aim.median !== undefined || aim.atMost !== undefined || aim.atLeast !== undefined),
    figures: suite.figures.flatMap(({ key, unit, label }) =>
      contestants.flatMap((contestant) => {
        const value = over(rounds, (round) => round[contestant][key]);
        return value === undefined ? [] : [{ contestant, key, name: label ?? key, unit, ...value }];
      }),
    ),
    rounds,
  };
}

/** @typedef {ReturnType<typeof summarise>} Summary */

/** @param {Summary} summary */
function aimRows(summary) {
  return [
    ["", "median", "target", "", "rounds"],
    ...summary.aims.map((aim) => [
      aim.name,
      aim.median === undefined ? "–" : `${readable(aim.median)} ${aim.unit}`,
      aim.atMost !== undefined ? `≤ ${aim.atMost}` : aim.atLeast !== undefined ? `≥ ${aim.atLeast}` : "",
      aim.verdict,
      aim.median === undefined ? "" : `${readable(aim.least)} … ${readable(aim.most)}`,
    ]),
  ];
}

/** @param {Summary} summary */
function figureRows(summary) {
  return summary.figures.map((figure) => [
    figure.contestant,
    figure.name,
    `${readable(figure.median)} ${figure.unit}`.trim(),
    `${readable(figure.least)} … ${readable(figure.most)}`,
  ]);
}

/** @param {Summary} summary */
export function textOf(summary) {
  return [
    `${summary.suite}: ${summary.about}`,
    ...(summary.aims.length > 0 ? [table(aimRows(summary)), ""] : []),
    table(figureRows(summary)),
    "",
  ].join("\n");
}

/** The same for a page or an issue. @param {Summary} summary */
export function markdownOf(summary) {
  return [
    `### ${summary.suite}`,
    "",
    `${summary.about}.`,
    "",
    ...(summary.aims.length > 0 ? [markdownTable(aimRows(summary)), ""] : []),
    markdownTable([["contestant", "figure", "median", "rounds"], ...figureRows(summary)]),
    "",
  ].join("\n");
}

/** What was missed, what could not be said, and how many were met. @param {Summary[]} summaries */
export function verdictsText(summaries) {
  const aims = summaries.flatMap(({ suite, aims }) => aims.map((aim) => ({ ...aim, name: `${suite}: ${aim.name}` })));
  const lines = ["MISSED", "not measured"].flatMap((verdict) => {
    const names = aims.filter((aim) => aim.verdict === verdict).map((aim) => aim.name);
    return names.length > 0 ? [`${verdict}: ${names.join("; ")}`] : [];
  });
  return `${lines.join("\n")}\ntargets met: ${aims.filter((aim) => aim.verdict === "ok").length}`.trim();
}
