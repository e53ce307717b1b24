// The charts and the tables of the documentation, from the kept results. The same results give the same bytes.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chartOf } from "./chart.mjs";
import { agreement, matrix } from "./mechanisms-page.mjs";
import { markdownTable, readable } from "./tables.mjs";

/** @typedef {import("./results.mjs").Results} Results */

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));

/** The load that one run leaves behind on its own, just after a build. */
const IDLE_LOAD = 1;

/** Between these lines of a page stands what is made here. @param {string} name */
const marks = (name) => ({ begin: `<!-- ${name}: made by bench/pages.mjs -->`, end: `<!-- end of ${name} -->` });

/** @param {string} page @param {string} name @param {string} content */
export function withBlock(page, name, content) {
  const { begin, end } = marks(name);
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`Expected the lines ${begin} and ${end}, and they are not there.`);
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}

/** What others did meanwhile shows in the ranges, and must be said. @param {Results} results */
function circumstances({ machine: { cpu, node }, suites }) {
  const loads = suites.map(({ load }) => Number(load));
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  const load = least === most ? `a load of ${most}` : `loads of ${least} to ${most}`;
  const shared = most > IDLE_LOAD ? " Others used this machine too: rates and starts suffer most from that." : "";
  return `Measured with Node ${node} on ${cpu}, with ${load} when it began.${shared}`;
}

/** Every ratio that has a target. @param {Results} results */
function targets({ suites }) {
  const rows = suites.flatMap(({ suite, aims }) =>
    aims.flatMap(({ name, unit, atMost, atLeast, median, least, most, verdict }) => {
      if (atMost === undefined && atLeast === undefined) return [];
      const said = unit === "×" ? "" : ` ${unit}`;
      const measured =
        median === undefined ? ["–", ""] : [`${readable(median)}${said}`, `${readable(least)} … ${readable(most)}`];
      const wanted = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}${said}`;
      return [[`[${suite}](#${suite})`, name, wanted, ...measured, verdict === "MISSED" ? "**missed**" : verdict]];
    }),
  );
  return markdownTable([["suite", "figure", "target", "measured", "rounds", ""], ...rows]);
}

/** @param {Results} results */
function charts({ suites }) {
  return suites
    .map(
      ({ suite, about, measured }) =>
        `### ${suite}\n\nMeasured ${measured.slice(0, 10)}.\n\n![${about}](benchmarks/${suite}.svg)`,
    )
    .join("\n\n");
}

/** @param {Results} results */
const machine = (results) =>
  markdownTable([["", ""], ...Object.entries(results.machine).map(([name, value]) => [name, String(value)])]);

/** What belongs into docs/, by path from there. @param {Results} results @returns {Map<string, string>} */
export function pages(results) {
  const read = (/** @type {string} */ name) => readFileSync(docs + name, "utf8");
  let benchmarks = withBlock(read("benchmarks.md"), "targets", `${circumstances(results)}\n\n${targets(results)}`);
  benchmarks = withBlock(benchmarks, "charts", charts(results));
  benchmarks = withBlock(benchmarks, "machine", machine(results));
  let mechanisms = withBlock(read("mechanisms.md"), "matrix", matrix(results));
  mechanisms = withBlock(mechanisms, "agreement", agreement(results));
  return new Map([
    ["benchmarks.md", benchmarks],
    ["mechanisms.md", mechanisms],
    ...results.suites.map(
      (suite) => /** @type {[string, string]} */ ([`benchmarks/${suite.suite}.svg`, chartOf(suite)]),
    ),
  ]);
}
