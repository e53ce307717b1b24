// One chart for each suite: a panel for each figure with a bar for each contestant, and the targets below. The colours follow the
// reader's choice of light or dark.
import { isTau, nameOf } from "./names.mjs";
import { readable } from "./tables.mjs";

/** @typedef {import("./results.mjs").KeptSuite} KeptSuite */
/** @typedef {KeptSuite["figures"][number]} Figure */
/** @typedef {KeptSuite["aims"][number]} Aim */

const WIDTH = 820;
const MARGIN = 20;
const BAR_X = 190;
const BAR_WIDTH = 380;
const VALUE_X = BAR_X + BAR_WIDTH + 14;
const ROW = 20;
const LETTERS_OF_A_LINE = 115;

const STYLE = `
  svg { color-scheme: light dark; font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
  .page { fill: #ffffff; } text { fill: #1f2328; } .soft { fill: #59636e; }
  .title { font-size: 15px; font-weight: 600; } .panel { font-weight: 600; }
  .bar { fill: #afb8c1; } .tau { fill: #0969da; } .range { stroke: #1f2328; stroke-width: 1.5; }
  .ok { fill: #1a7f37; } .missed { fill: #cf222e; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .soft { fill: #9198a1; }
    .bar { fill: #484f58; } .tau { fill: #4493f8; } .range { stroke: #e6edf3; }
    .ok { fill: #3fb950; } .missed { fill: #ff7b72; }
  }
`;

const escaped = (/** @type {string} */ text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** @param {{ x: number, y: number, of?: string, end?: boolean }} place @param {string} content */
const text = ({ x, y, of = "", end = false }, content) =>
  `<text x="${x}" y="${y}"${of === "" ? "" : ` class="${of}"`}${end ? ' text-anchor="end"' : ""}>${escaped(content)}</text>`;

/** @param {string} long */
function lines(long) {
  /** @type {string[]} */
  const cut = [""];
  for (const word of long.split(" ")) {
    const line = cut.at(-1) ?? "";
    if (line.length + word.length < LETTERS_OF_A_LINE) cut[cut.length - 1] = `${line} ${word}`.trim();
    else cut.push(word);
  }
  return cut;
}

/** What was measured, with its unit, and how far the rounds are apart. @param {{ median: number, least: number, most: number, unit: string }} figure */
function valueText({ median, least, most, unit }) {
  const value = `${readable(median)} ${unit}`.trim();
  return least === most ? value : `${value}  (${readable(least)} … ${readable(most)})`;
}

/** @param {Figure} figure @param {number} y @param {number} full the value of a bar over the whole width */
function bar(figure, y, full) {
  const scale = (/** @type {number} */ value) =>
    Number(((full > 0 ? Math.max(0, value) / full : 0) * BAR_WIDTH).toFixed(1));
  const width = scale(figure.median);
  const { least, most } = figure;
  const whisker =
    least === most
      ? []
      : [
          `<line class="range" x1="${BAR_X + scale(least)}" x2="${BAR_X + scale(most)}" y1="${y + ROW / 2}" y2="${y + ROW / 2}"/>`,
        ];
  return [
    text({ x: BAR_X - 8, y: y + 14, end: true }, nameOf(figure.contestant)),
    `<rect class="${isTau(figure.contestant) ? "tau" : "bar"}" x="${BAR_X}" y="${y + 3}" width="${width}" height="${ROW - 6}" rx="2"/>`,
    ...whisker,
    text({ x: VALUE_X, y: y + 14, of: "soft" }, valueText(figure)),
  ];
}

/** @param {string} name @param {Figure[]} figures @param {number} top */
function panel(name, figures, top) {
  const full = Math.max(...figures.map(({ most }) => most));
  const { unit } = figures[0];
  return {
    shapes: [
      text({ x: MARGIN, y: top + 14, of: "panel" }, unit === "" ? name : `${name}, ${unit}`),
      ...figures.flatMap((figure, row) => bar(figure, top + ROW + row * ROW, full)),
    ],
    bottom: top + ROW * (figures.length + 1) + 12,
  };
}

/** @param {Aim} aim @param {number} y */
function target(aim, y) {
  const wanted =
    aim.atMost !== undefined ? `≤ ${aim.atMost}` : aim.atLeast !== undefined ? `≥ ${aim.atLeast}` : "no target";
  const verdict = aim.verdict === "ok" ? "met" : aim.verdict === "MISSED" ? "missed" : aim.verdict;
  const of = verdict === "met" ? "ok" : verdict === "missed" ? "missed" : "soft";
  const measured = aim.median === undefined ? "–" : valueText(aim);
  return [
    text({ x: MARGIN, y: y + 14 }, aim.name),
    text({ x: BAR_X + 110, y: y + 14, of: "soft" }, measured),
    text({ x: VALUE_X - 50, y: y + 14, of: "soft" }, wanted),
    text({ x: VALUE_X + 50, y: y + 14, of }, verdict),
  ];
}

/** An SVG as text, the same for the same result. @param {KeptSuite} suite */
export function chartOf(suite) {
  const about = lines(suite.about);
  const shapes = [
    text({ x: MARGIN, y: 28, of: "title" }, suite.suite),
    ...about.map((line, i) => text({ x: MARGIN, y: 48 + i * 16, of: "soft" }, line)),
  ];
  let top = 48 + about.length * 16;
  for (const [name, figures] of grouped(suite.figures)) {
    const { shapes: drawn, bottom } = panel(name, figures, top);
    shapes.push(...drawn);
    top = bottom;
  }
  if (suite.aims.length > 0) {
    shapes.push(text({ x: MARGIN, y: top + 14, of: "panel" }, "Ratios and targets"));
    top += ROW;
    for (const aim of suite.aims) {
      shapes.push(...target(aim, top));
      top += ROW;
    }
  }
  const height = top + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(`${suite.suite}: ${suite.about}`)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>`,
    ...shapes,
    "</svg>",
    "",
  ].join("\n");
}

/** @param {Figure[]} figures @returns {Map<string, Figure[]>} by name, in the order of their first */
function grouped(figures) {
  /** @type {Map<string, Figure[]>} */
  const groups = new Map();
  for (const figure of figures) {
    const group = groups.get(figure.name);
    if (group === undefined) groups.set(figure.name, [figure]);
    else group.push(figure);
  }
  return groups;
}
