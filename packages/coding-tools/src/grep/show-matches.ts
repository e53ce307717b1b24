import type { Scanned } from "./scan-file.ts";

/** UTF-16 units of a line that are shown. */
const MAX_SHOWN = 500;

/** Of them, so many before the match, where it is further back. */
const SHOWN_BEFORE = 100;

/** `path:12: the line`, with lines around it as `path-13- the line`, and `--` between pieces that do not touch. */
export function showMatches(path: string, { lines, matches }: Scanned, context: number): string[] {
  const columns = new Map(matches.map(({ line, column }) => [line, column]));
  const shown: string[] = [];
  let last = 0;
  for (const { line } of matches) {
    const first = Math.max(line - context, last + 1, 1);
    if (context > 0 && last > 0 && first > last + 1) shown.push("--");
    for (let number = first; number <= Math.min(line + context, lines.length); number++) {
      const column = columns.get(number);
      const mark = column === undefined ? "-" : ":";
      shown.push(`${path}${mark}${number}${mark} ${excerpt(lines[number - 1] ?? "", column ?? 0)}`);
      last = number;
    }
  }
  return shown;
}

function excerpt(line: string, column: number): string {
  if (line.length <= MAX_SHOWN) return line;
  const start = column + SHOWN_BEFORE > MAX_SHOWN ? column - SHOWN_BEFORE : 0;
  const end = start + MAX_SHOWN;
  return `${start > 0 ? "…" : ""}${line.slice(start, end)}${end < line.length ? "…" : ""}`;
}
