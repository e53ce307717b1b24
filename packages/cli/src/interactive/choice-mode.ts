import type { InputMode, Room, Row } from "./input-mode.ts";
import type { Key } from "./keys.ts";
import { truncate, wrapWords } from "./rows.ts";

export interface Choice {
  value: string;
  label: string;
  description?: string;
  /** A character that chooses it at once. */
  key?: string;
}

export interface ChoiceOptions {
  heading: readonly Row[];
  choices: readonly Choice[];
  /** Counted from 0. */
  initial: number;
  paintChosen: (text: string) => string;
  /** `undefined`: dismissed. */
  done: (choice: Choice | undefined) => void;
}

const MAX_SHOWN = 10;

/** One of several, by arrows and Enter, by number, or by its key. */
export class ChoiceMode implements InputMode {
  readonly #options: ChoiceOptions;
  #at: number;

  constructor(options: ChoiceOptions) {
    this.#options = options;
    this.#at = options.initial;
  }

  key(key: Key): void {
    const { choices, done } = this.#options;
    const count = choices.length;
    if (key.kind === "text") {
      const chosen = choices.find((choice) => choice.key === key.text.toLowerCase()) ?? choices[Number(key.text) - 1];
      if (chosen !== undefined) done(chosen);
    } else if (key.kind === "key") {
      if (key.name === "up") this.#at = (this.#at + count - 1) % count;
      else if (key.name === "down" || key.name === "tab") this.#at = (this.#at + 1) % count;
      else if (key.name === "enter") done(choices[this.#at]);
      else if (key.name === "escape") done(undefined);
    }
  }

  layout({ columns, rows }: Room): { rows: Row[]; cursor: { row: number; column: number } } {
    const { heading, choices, paintChosen } = this.#options;
    const above = heading.flatMap(({ text, ...look }) =>
      wrapWords(text, columns).map((row) => ({ text: row, ...look })),
    );
    const room = Math.max(1, Math.min(MAX_SHOWN, rows - above.length));
    const first = Math.max(0, Math.min(this.#at - Math.floor(room / 2), choices.length - room));
    const list = choices.slice(first, first + room).map(({ label, description, key }, index): Row => {
      const isChosen = first + index === this.#at;
      const mark = isChosen ? "❯" : " ";
      const hint = key === undefined ? "" : ` (${key})`;
      const text = truncate(`${mark} ${label}${hint}${description === undefined ? "" : `  ${description}`}`, columns);
      return isChosen ? { text, paint: paintChosen } : { text };
    });
    // A heading that is longer than the screen loses its beginning in the scrollback, and its choices never.
    const shown = above.slice(Math.max(0, above.length + list.length - rows));
    return { rows: [...shown, ...list], cursor: { row: shown.length + this.#at - first, column: 0 } };
  }
}
