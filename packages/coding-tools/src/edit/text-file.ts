import { readFile } from "node:fs/promises";
import type { FoundFile } from "../files.ts";
import { Problem } from "../problem.ts";
import { TextReader } from "../read/decode.ts";
import { showBytes } from "../sizes.ts";

/** Bytes. More is data, and matching it would take all memory. */
const MAX_EDITED_BYTES = 32 * 1024 * 1024;

const BOM = "\uFEFF";

/** A file's text as it can be matched and put back: every line ends in LF, and where a CR was is remembered. */
export interface TextFile {
  bom: "" | typeof BOM;
  /** As it is, behind the mark. */
  raw: string;
  /** With LF only. */
  text: string;
  /** What new lines of the file should end in: what most of its lines end in. */
  lineEnd: "\n" | "\r\n";
}

/** @throws Problem for what is no text in UTF-8, or too large */
export async function readTextFile({ path, shown, stats }: FoundFile, signal: AbortSignal): Promise<TextFile> {
  if (stats.size > MAX_EDITED_BYTES) {
    throw new Problem(
      `${shown} has ${showBytes(stats.size)}; files of up to ${showBytes(MAX_EDITED_BYTES)} are edited.`,
    );
  }
  const bytes = await readFile(path, { signal });
  const reader = new TextReader(shown);
  const decoded = reader.decode(bytes) + reader.end();
  return parseText(hasBom(bytes) ? BOM + decoded : decoded);
}

/** The decoder swallows it. */
function hasBom(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

export function parseText(content: string): TextFile {
  const bom = content.startsWith(BOM) ? BOM : "";
  const raw = content.slice(bom.length);
  const lineFeeds = raw.split("\n").length - 1;
  const pairs = raw.split("\r\n").length - 1;
  return { bom, raw, text: raw.replaceAll("\r\n", "\n"), lineEnd: pairs * 2 > lineFeeds ? "\r\n" : "\n" };
}

/** Tells where in `raw` places of `text` are. Ask in ascending order: it walks along once. */
export class RawPlaces {
  readonly #raw: string;
  #textIndex = 0;
  #rawIndex = 0;

  constructor(raw: string) {
    this.#raw = raw;
  }

  /** The place in `raw` of a place in `text`, not smaller than the one asked for before. */
  at(textIndex: number): number {
    while (this.#textIndex < textIndex) {
      if (this.#raw.startsWith("\r\n", this.#rawIndex)) this.#rawIndex += 1;
      this.#rawIndex += 1;
      this.#textIndex += 1;
    }
    return this.#rawIndex;
  }
}
