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

/** @param {Aim} aim @param {number} value */
function verdict(aim, value) {
  if (aim.atMost !== undefined) return value <= aim.atMost ? "ok" : "MISSED";
  if (aim.atLeast !== undefined) return value >= aim.atLeast ? "ok" : "MISSED";
  return "";
}

/** @param {Suite} suite @param {Round[]} rounds */
export function summarise(suite, rounds) {
  const contestants = suite.contestants.filter((name) => rounds[0]?.[name] !== undefined);
  return {
    suite: suite.name,
    about: suite.about,
    aims: suite.aims.map((aim) => {
      const value = over(rounds, aim.value);
      return {
        name: aim.name,
        unit: aim.unit ?? "×",
        atMost: aim.atMost,
        atLeast: aim.atLeast,
        ...value,
        verdict: value === undefined ? "not measured" : verdict(aim, value.median),
      };
    }),
    figures: suite.figures.flatMap(({ key, unit, label }) =>
      contestants.flatMap((contestant) => {
        const value = over(rounds, (round) => round[contestant][key]);
        return value === undefined ? [] : [{ contestant, name: label ?? key, unit, ...value }];
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
