import { stripVTControlCharacters } from "node:util";

/** What is neither a tab nor a line end: bells, backspaces, what is left of sequences that were cut. */
const CONTROLS = /(?![\t\n\r])\p{Cc}/gu;

/** What a command wrote, without what is for terminals: models can't use it, and screens must not obey it. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, "");
}
