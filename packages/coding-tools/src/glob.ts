import picomatch from "picomatch";
import { Problem } from "./problem.ts";
import type { WalkedEntry } from "./walk.ts";
import { TooSlow, type Watchdog } from "./watchdog.ts";

/** UTF-16 units. */
const MAX_LENGTH = 1000;

/**
 * Chooses entries by a glob pattern. One without a slash is about names, wherever they are; one with a slash is about paths from where
 * the walk begins. Hidden files count as all others.
 */
export class Glob {
  readonly #matches: (path: string) => boolean;
  readonly #pattern: string;
  readonly #watchdog: Watchdog;

  /** @throws Problem for a pattern that is too long */
  constructor(pattern: string, watchdog: Watchdog) {
    if (pattern.length > MAX_LENGTH) throw new Problem(`A glob pattern has at most ${MAX_LENGTH} characters.`);
    const path = pattern.replace(/^(\.?\/)+/, "");
    // A `!` is part of a name: what is left out is said in another way.
    const options = { dot: true, nonegate: true };
    const matches = picomatch(path, options);
    this.#matches = pattern.includes("/") ? matches : (entry) => matches(entry.slice(entry.lastIndexOf("/") + 1));
    this.#pattern = pattern;
    this.#watchdog = watchdog;
  }

  /** @throws Problem when matching takes too long */
  choose(entries: readonly WalkedEntry[]): WalkedEntry[] {
    if (entries.length === 0) return [];
    try {
      return this.#watchdog.run(() => entries.filter(({ relative }) => this.#matches(relative)));
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
      throw new Problem(`The glob pattern ${this.#pattern} takes too long to match. Use a simpler one.`);
    }
  }
}
