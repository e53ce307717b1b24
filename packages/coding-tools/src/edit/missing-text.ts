import { cutLine } from "../sizes.ts";

/** Lines of the file that are shown when they are nearly what was asked for. */
const MAX_SHOWN = 20;

/** Why a text was not found, as far as that can be seen: most often it is the white space. */
export function describeMissingText(wanted: string, text: string): string {
  const wantedLines = trimEnds(wanted.split("\n").map(squeeze));
  const lines = text.split("\n");
  const first = findLines(wantedLines, lines.map(squeeze));
  if (first === undefined)
    return `Read it again: it must be there exactly, with all white space.${firstLineHint(wantedLines, lines)}`;
  const same = lines.slice(first, first + wantedLines.length);
  const shown = same.slice(0, MAX_SHOWN).map((line) => cutLine(line, 300));
  const rest = same.length > MAX_SHOWN ? "\n…" : "";
  return `Line ${first + 1} is the same but for white space. It is:\n${shown.join("\n")}${rest}`;
}

function squeeze(line: string): string {
  return line.replace(/\s+/g, " ").trim();
}

/** Empty lines around a text say nothing about where it is. */
function trimEnds(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line !== "");
  const last = lines.findLastIndex((line) => line !== "");
  return first === -1 ? [] : lines.slice(first, last + 1);
}

/** Where the lines are, one after the other. */
function findLines(wanted: readonly string[], lines: readonly string[]): number | undefined {
  const [head] = wanted;
  if (head === undefined) return undefined;
  for (let at = lines.indexOf(head); at !== -1; at = lines.indexOf(head, at + 1)) {
    if (wanted.every((line, index) => lines[at + index] === line)) return at;
  }
  return undefined;
}

/** Its beginning is there, and then something else comes. */
function firstLineHint(wanted: readonly string[], lines: readonly string[]): string {
  const [head] = wanted;
  if (head === undefined || wanted.length === 1) return "";
  const at = lines.findIndex((line) => squeeze(line) === head);
  return at === -1 ? "" : ` Its first line is line ${at + 1}; what follows there is different.`;
}
