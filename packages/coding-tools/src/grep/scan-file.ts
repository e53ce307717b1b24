import { readFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { Problem } from "../problem.ts";
import { TooSlow, type Watchdog } from "../watchdog.ts";

/** A line that fits: its number, from 1, and where in it the match begins. */
export interface Match {
  line: number;
  column: number;
}

export interface Scanned {
  /** Without line ends. */
  lines: string[];
  matches: Match[];
}

export interface ScanOptions {
  pattern: RegExp;
  /** Matches wanted at most. */
  limit: number;
  watchdog: Watchdog;
  signal: AbortSignal;
}

/** UTF-16 units of a line that are searched: what is longer is no text that people write. */
export const MAX_SEARCHED_LENGTH = 10_000;

/** Bytes looked at to tell text from data, as git does. */
const HEAD_BYTES = 8000;

/** Lines searched at a stretch. */
const BATCH_LINES = 500;

/**
 * Searches a file line by line.
 * @returns undefined for a binary file
 * @throws Problem where the pattern takes too long
 */
export async function scanFile(path: string, shown: string, options: ScanOptions): Promise<Scanned | undefined> {
  const bytes = await readFile(path, { signal: options.signal });
  if (bytes.subarray(0, HEAD_BYTES).includes(0)) return undefined;
  // The decoder takes out a byte order mark: `^` stands before what is seen.
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  // What ends in a line end has no empty line behind it.
  if (lines.at(-1) === "") lines.pop();
  const matches: Match[] = [];
  for (let first = 0; first < lines.length && matches.length < options.limit; first += BATCH_LINES) {
    if (first > 0) await turn();
    options.signal.throwIfAborted();
    matches.push(...scanBatch({ lines, first, shown }, options));
  }
  return { lines, matches: matches.slice(0, options.limit) };
}

function scanBatch(
  { lines, first, shown }: { lines: readonly string[]; first: number; shown: string },
  { pattern, watchdog }: ScanOptions,
): Match[] {
  let at = first;
  try {
    return watchdog.run(() => {
      const matches: Match[] = [];
      const end = Math.min(first + BATCH_LINES, lines.length);
      for (at = first; at < end; at++) {
        const found = pattern.exec((lines[at] ?? "").slice(0, MAX_SEARCHED_LENGTH));
        if (found !== null) matches.push({ line: at + 1, column: found.index });
      }
      return matches;
    });
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    throw new Problem(
      `The pattern takes too long, in line ${at + 1} of ${shown}: nested repetitions such as (a+)+ do. Use a simpler one.`,
    );
  }
}
