import { claims } from "./mechanisms-claims.mjs";
// The investigation's comparison of six mechanisms, with figures in the place of opinions: the tables of docs/mechanisms.md.
import { nameOf } from "./names.mjs";
import { markdownTable, readable } from "./tables.mjs";

/** @typedef {import("./results.mjs").Results} Results */
/** @typedef {Record<string, number | undefined>} Figures of one mechanism, by the drivers' keys */

const SUITES = ["mechanisms", "mechanisms-reload", "mechanisms-faults"];

/** @param {Results} results @returns {Map<string, Figures>} by mechanism */
export function mechanismFigures({ suites }) {
  /** @type {Map<string, Figures>} */
  const found = new Map();
  for (const { figures } of suites.filter(({ suite }) => SUITES.includes(suite))) {
    for (const { contestant, key, median } of figures)
      found.set(contestant, { ...found.get(contestant), [key]: median });
  }
  return found;
}

const number = (/** @type {number | undefined} */ value, unit = "") =>
  value === undefined ? "–" : `${value < 0 ? "−" : ""}${readable(Math.abs(value))} ${unit}`.trim();

/** @param {Figures} figures @param {"crash" | "spin"} fault */
function fate(figures, fault) {
  const [dead, blocked, again] = ["Dead", "BlockedMs", "AgainMs"].map((name) => figures[`${fault}${name}`]);
  if (dead === undefined) return "–";
  if (dead === 1) return "**host dead**";
  if (blocked === 3000) return "**host blocked for good**";
  return `host alive; answers after ${number(again, "ms")}`;
}

/** @type {[string, (figures: Figures) => string][]} */
const rows = [
  ["a call of 200 bytes", ({ p50 }) => number(p50, "µs")],
  ["ten sleeps of 50 ms at once", ({ ten }) => number(ten, "ms")],
  ["host stands still in a sleep of 50 ms", ({ waitBlock }) => number(waitBlock, "ms")],
  ["host stands still for a page that takes 50 ms", ({ pageBlock }) => number(pageBlock, "ms")],
  ["host's CPU while it waits", ({ waitCpu }) => number(waitCpu, "ms/s")],
  ["the extension crashes", (figures) => fate(figures, "crash")],
  ["the extension never ends", (figures) => fate(figures, "spin")],
  ["first build and load", ({ buildMs }) => number(buildMs, "ms")],
  ["reload", ({ reloadMs }) => number(reloadMs, "ms")],
  ["1,000 reloads: the last hundred", ({ lastMs }) => number(lastMs, "ms")],
  ["1,000 reloads: memory of the host, each", ({ kbEach }) => number(kbEach, "KB")],
  [
    "1,000 reloads: descriptors, threads, processes",
    ({ fds, threads, processes }) => [fds, threads, processes].map((count) => number(count)).join(", "),
  ],
  ["1,000 reloads: memory maps", ({ maps }) => number(maps)],
  [
    "20 versions that leave a timer or thread behind",
    ({ leaveDead, left }) => (leaveDead === 1 ? "**host dead**" : `${number(left)} left`),
  ],
];

/** The matrix: a column for each mechanism. @param {Results} results */
export function matrix(results) {
  const found = mechanismFigures(results);
  const columns = Array.from(found);
  return markdownTable([
    ["", ...columns.map(([contestant]) => nameOf(contestant))],
    ...rows.map(([title, cell]) => [title, ...columns.map(([, figures]) => cell(figures))]),
  ]);
}

/** What was said of each, beside what was measured. @param {Results} results */
export function agreement(results) {
  const found = mechanismFigures(results);
  return markdownTable([
    ["", "the investigation said", "measured", ""],
    ...claims.map(({ contestant, said, measured, holds }) => {
      const figures = found.get(contestant) ?? {};
      return [nameOf(contestant), said, measured(figures, number), holds(figures) ? "agrees" : "**does not**"];
    }),
  ]);
}
