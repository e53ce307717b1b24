import { lstat } from "node:fs/promises";
import { ToolResult } from "tau-ext";
import { count, fitLines, showBytes } from "../sizes.ts";
import type { Workspace } from "../workspace.ts";
import { MAX_SEARCHED_LENGTH, type Scanned, scanFile, type ScanOptions } from "./scan-file.ts";
import { showMatches } from "./show-matches.ts";

/** Bytes. Larger files are data. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface SearchOptions extends ScanOptions {
  /** Lines shown around each match. */
  context: number;
}

/** Goes through files one after the other, and tells what was found and what was left out. */
export class Search {
  readonly #workspace: Workspace;
  readonly #options: SearchOptions;
  readonly #shown: string[] = [];
  #matches = 0;
  #files = 0;
  #searched = 0;
  #binary = 0;
  #large = 0;
  #unreadable = 0;
  #longLines = 0;

  constructor(workspace: Workspace, options: SearchOptions) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** @returns whether there are as many matches as were wanted, and one more */
  async in(files: readonly string[]): Promise<boolean> {
    for (const path of files) {
      await this.#inFile(path);
      if (this.#matches > this.#options.limit) return true;
    }
    return false;
  }

  /** @param source the pattern as it was given */
  result(source: string): ToolResult {
    const { limit } = this.#options;
    const shown = fitLines(this.#shown);
    const text = this.#matches === 0 ? `Nothing fits ${source}.` : shown.join("\n");
    const hasMore = this.#matches > limit;
    const isLong = shown.length < this.#shown.length;
    const notes = [
      hasMore ? `The first ${count(limit, "match", "matches")}; there are more. Narrow it down or raise limit.` : "",
      isLong ? "Cut for its length. Narrow it down." : "",
      ...this.#leftOut(),
    ];
    const details = { matches: Math.min(this.#matches, limit), files: this.#files, isCut: hasMore || isLong };
    const parts = [text, ...notes.filter((note) => note !== "").map((note) => `[${note}]`)];
    return ToolResult.text(parts.join("\n\n"), { details });
  }

  #leftOut(): string[] {
    const large = `${count(this.#large, "file")} larger than ${showBytes(MAX_FILE_BYTES)} left out.`;
    const long = `Lines were searched up to ${MAX_SEARCHED_LENGTH} characters; ${this.#longLines} are longer.`;
    return [
      // Beside text nobody misses them.
      this.#binary > 0 && this.#searched === 0 ? `${count(this.#binary, "binary file")} left out.` : "",
      this.#large > 0 ? large : "",
      this.#unreadable > 0 ? `${count(this.#unreadable, "file")} may not be read.` : "",
      this.#longLines > 0 ? long : "",
    ];
  }

  async #inFile(path: string): Promise<void> {
    const { limit, context } = this.#options;
    // A symlink is left out: what it leads to is found under its own name, or is none of this directory's.
    const stats = await lstat(path).catch(() => undefined);
    // A pipe, or gone since it was listed.
    if (stats?.isFile() !== true) return;
    if (stats.size > MAX_FILE_BYTES) {
      this.#large += 1;
      return;
    }
    const shown = this.#workspace.show(path);
    const left = limit - this.#matches;
    // One more than is shown, to know whether there are more.
    const scanned = await this.#scan(path, shown, left + 1);
    if (scanned === undefined) return;
    this.#longLines += scanned.lines.filter(({ length }) => length > MAX_SEARCHED_LENGTH).length;
    this.#matches += scanned.matches.length;
    const matches = scanned.matches.slice(0, left);
    if (matches.length === 0) return;
    this.#files += 1;
    if (context > 0 && this.#shown.length > 0) this.#shown.push("--");
    this.#shown.push(...showMatches(shown, { lines: scanned.lines, matches }, context));
  }

  async #scan(path: string, shown: string, limit: number): Promise<Scanned | undefined> {
    try {
      const scanned = await scanFile(path, shown, { ...this.#options, limit });
      if (scanned === undefined) this.#binary += 1;
      else this.#searched += 1;
      return scanned;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      // Others' files, and those that went meanwhile: the rest is worth searching.
      if (!["ENOENT", "EACCES", "EPERM"].includes(code)) throw error;
      if (code !== "ENOENT") this.#unreadable += 1;
      return undefined;
    }
  }
}
