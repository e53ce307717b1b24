import { Problem } from "../problem.ts";
import { describeMissingText } from "./missing-text.ts";
import { RawPlaces, type TextFile } from "./text-file.ts";

export interface Edit {
  oldText: string;
  newText: string;
  /** @default false: it must be there once */
  replaceAll?: boolean;
}

/** A piece of the text, with LF only, and what takes its place. */
interface Replacement {
  start: number;
  end: number;
  newText: string;
  /** Counts the edits, from 1. */
  edit: number;
}

export interface EditOutcome {
  /** The whole file, with its mark and its line ends. */
  content: string;
  replacements: number;
}

/**
 * Makes all edits or none. Each looks for its text in the file as it was, so that their order does not matter; what none of them
 * touches stays as it is, byte for byte.
 * @throws Problem where a text is missing or is there more than once, where two edits overlap, where nothing would change
 */
export function applyEdits(file: TextFile, edits: readonly Edit[], shown: string): EditOutcome {
  const replacements = edits.flatMap((edit, index) =>
    locate(file.text, edit, { edit: index + 1, shown, of: edits.length }),
  );
  replacements.sort((a, b) => a.start - b.start);
  refuseOverlaps(replacements);
  const places = new RawPlaces(file.raw);
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end, newText } of replacements) {
    pieces.push(file.raw.slice(done, places.at(start)), newText.replaceAll("\n", file.lineEnd));
    done = places.at(end);
  }
  pieces.push(file.raw.slice(done));
  const raw = pieces.join("");
  if (raw === file.raw) throw new Problem(`${shown} would not change: the old and the new text are the same.`);
  return { content: file.bom + raw, replacements: replacements.length };
}

interface Asked {
  edit: number;
  of: number;
  shown: string;
}

function locate(text: string, { oldText, newText, replaceAll = false }: Edit, asked: Asked): Replacement[] {
  const wanted = oldText.replaceAll("\r\n", "\n");
  const replaced = newText.replaceAll("\r\n", "\n");
  if (wanted === "") throw new Problem(`${name(asked)} has an empty oldText. Use write to make or replace a file.`);
  const starts = placesOf(wanted, text);
  if (starts.length === 0) {
    throw new Problem(`${name(asked)}: its oldText is not in ${asked.shown}. ${describeMissingText(wanted, text)}`);
  }
  if (starts.length > 1 && !replaceAll) {
    const lines = starts.slice(0, 10).map((start) => lineOf(text, start));
    throw new Problem(
      `${name(asked)}: its oldText is in ${asked.shown} ${starts.length} times, in ${lines.length === 1 ? "line" : "lines"} ` +
        `${lines.join(", ")}${starts.length > 10 ? " …" : ""}. Take in more of the text around it, or set replaceAll.`,
    );
  }
  return starts.map((start) => ({ start, end: start + wanted.length, newText: replaced, edit: asked.edit }));
}

function name({ edit, of }: Asked): string {
  return of === 1 ? "The edit" : `Edit ${edit} of ${of}`;
}

/** Places that do not overlap, from left to right. */
function placesOf(wanted: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) places.push(at);
  return places;
}

function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

function refuseOverlaps(replacements: readonly Replacement[]): void {
  for (const [index, { start, edit }] of replacements.entries()) {
    const before = replacements[index - 1];
    if (before === undefined || before.end <= start) continue;
    throw new Problem(`Edits ${before.edit} and ${edit} overlap. Make them one.`);
  }
}
