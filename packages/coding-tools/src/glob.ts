import picomatch from "picomatch";
import { Problem } from "./problem.ts";
import type { WalkedEntry } from "./walk.ts";
import { TooSlow, type Watchdog } from "./watchdog.ts";

/** UTF-16 units. */
const MAX_LENGTH = 1000;

/**
 * Chooses entries by a glob pattern. One without a slash is about names, wherever they are; one with a slash is about paths from where
 * the walk begins; one that ends in a slash is about directories. Hidden files count as all others.
 */
export class Glob {
  readonly #matches: (path: string) => boolean;
  readonly #directoriesOnly: boolean;
  readonly #pattern: string;
  readonly #watchdog: Watchdog;

  /** @throws Problem for a pattern that is too long, or empty */
  constructor(pattern: string, watchdog: Watchdog) {
    if (pattern.length > MAX_LENGTH) throw new Problem(`A glob pattern has at most ${MAX_LENGTH} characters.`);
    const path = pattern.replace(/^(\.?\/)+/, "").replace(/(?<!\/)\/+$/, "");
    if (path === "") throw new Problem(`The glob pattern ${pattern} names nothing. Everything is \`**\`.`);
    // A `!` is part of a name: what is left out is said in another way. `a/**` is what is in `a`, not `a` too, which may be a file.
    const options = { dot: true, nonegate: true, strictSlashes: true };
    const matches = picomatch(path, options);
    const isPath = /\/[^/]/.test(pattern);
    this.#matches = isPath ? matches : (entry) => matches(entry.slice(entry.lastIndexOf("/") + 1));
    this.#directoriesOnly = pattern.endsWith("/");
    this.#pattern = pattern;
    this.#watchdog = watchdog;
  }

  /** @throws Problem when matching takes too long */
  choose(entries: readonly WalkedEntry[]): WalkedEntry[] {
    if (entries.length === 0) return [];
    try {
      return this.#watchdog.run(() => entries.filter((entry) => this.#fits(entry)));
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
      throw new Problem(`The glob pattern ${this.#pattern} takes too long to match. Use a simpler one.`);
    }
  }
  #fits({ relative, isDirectory }: WalkedEntry): boolean {
    return (isDirectory || !this.#directoriesOnly) && this.#matches(relative);
  }
}
