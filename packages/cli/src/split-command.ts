import { wrongUsage } from "./errors.ts";

/** A word: quoted parts and characters other than blanks, one after the other. */
const WORD = /(?:"[^"]*"|'[^']*'|[^\s"'])+/g;

/** Splits `python3 "./my tool.py"` at blanks outside of quotes. No shell is involved: `$`, `*` and `\` mean themselves. */
export function splitCommand(text: string): string[] {
  const rest = text.replace(WORD, "");
  if (rest.trim() !== "") {
    throw wrongUsage(`Expected a command whose quotes are closed, got: ${text}`);
  }
  const words = text.match(WORD) ?? [];
  if (words.length === 0) throw wrongUsage("Expected --command to name a program, got nothing.");
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
