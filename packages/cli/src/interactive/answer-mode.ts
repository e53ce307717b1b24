import { editWith } from "./edit-keys.ts";
import { fieldRows } from "./field-rows.ts";
import type { InputMode, Room, Row } from "./input-mode.ts";
import type { Key } from "./keys.ts";
import { wrapWords } from "./rows.ts";
import { TextField } from "./text-field.ts";

export interface AnswerOptions {
  heading: readonly Row[];
  initial: string;
  /** Shown while nothing is typed. */
  placeholder: string;
  isSecret: boolean;
  isMultiline: boolean;
  paintHint: (text: string) => string;
  /** `undefined`: dismissed. */
  done: (text: string | undefined) => void;
}

/** A text as an answer, of one line or of several. */
export class AnswerMode implements InputMode {
  readonly #options: AnswerOptions;
  readonly #field = new TextField();

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#field.set(options.initial);
  }

  key(key: Key): void {
    const { done, isMultiline } = this.#options;
    if (key.kind === "key" && key.name === "enter") done(this.#field.text);
    else if (key.kind === "key" && key.name === "escape") done(undefined);
    else if (key.kind === "key" && (key.name === "newline" || key.name === "alt-enter")) {
      if (isMultiline) this.#field.insert("\n");
    } else if (key.kind === "key" && (key.name === "up" || key.name === "down")) {
      this.#field.moveByLine(key.name === "up" ? -1 : 1);
    } else if (key.kind === "paste" && !isMultiline) this.#field.insert(key.text.replaceAll("\n", " ").trimEnd());
    else editWith(key, this.#field);
  }

  layout(room: Room): { rows: Row[]; cursor: { row: number; column: number } } {
    const { heading, isSecret, isMultiline, placeholder, paintHint } = this.#options;
    const hint = isMultiline ? [{ text: "Enter: done. Alt-Enter: new line. Esc: dismiss.", paint: paintHint }] : [];
    const above = [...heading, ...hint].flatMap(({ text, ...look }) =>
      wrapWords(text, room.columns).map((row) => ({ text: row, ...look })),
    );
    const left = Math.max(1, room.rows - above.length);
    const field = fieldRows(this.#field, { mark: "› ", ...(isSecret ? { mask: "•" } : {}) }, { ...room, rows: left });
    const shown = above.slice(Math.max(0, above.length + field.rows.length - room.rows));
    const isEmpty = this.#field.text === "" && placeholder !== "";
    const rows = isEmpty ? [{ text: `› ${placeholder}`, paint: paintHint }] : field.rows;
    return { rows: [...shown, ...rows], cursor: { row: shown.length + field.cursor.row, column: field.cursor.column } };
  }
}
