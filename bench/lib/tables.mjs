// Numbers and tables as people read them: in a terminal, and as Markdown.

/** @param {number} value */
export function readable(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}

/** @param {string[][]} rows the first one holds the titles */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i])).join("  ")}`.trimEnd()).join("\n");
}

/** The same as Markdown, with columns as wide as the formatter makes them. @param {string[][]} rows */
export function markdownTable(rows) {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = cells[0].map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (/** @type {string[]} */ row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const [titles, ...rest] = cells;
  return [line(titles), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join("\n");
}
