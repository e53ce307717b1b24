import { editWith } from "./edit-keys.ts";
import { fieldRows } from "./field-rows.ts";
import type { History } from "./history.ts";
import type { InputMode, Room, Row } from "./input-mode.ts";
import type { Key } from "./keys.ts";
import { truncate } from "./rows.ts";
import { TextField } from "./text-field.ts";

/** What could stand in the line instead of what does, and what is shown of it. */
export interface Suggestion {
  line: string;
  label: string;
}

export interface InputLineOptions {
  history: History;
  isBusy: () => boolean;
  onSubmit: (text: string, how: "now" | "afterwards") => void;
  /** Esc, and Ctrl-C. */
  onAbort: () => void;
  onQuit: () => void;
  complete: (line: string) => Promise<Suggestion[]>;
  /** Something is to be drawn that no key has caused. */
  onChange: () => void;
  now: () => number;
  paintHint: (text: string) => string;
  paintMark: (text: string) => string;
}

/** Pressed again within so long, Ctrl-C means the whole program, in milliseconds. */
const TWICE_MS = 1000;

const MAX_SUGGESTIONS = 8;

/** The line at the bottom. */
export class InputLine implements InputMode {
  readonly #options: InputLineOptions;
  readonly #field = new TextField();
  #suggestions: Suggestion[] = [];
  #interruptedAt = Number.NEGATIVE_INFINITY;

  constructor(options: InputLineOptions) {
    this.#options = options;
  }

  get text(): string {
    return this.#field.text;
  }

  /** What was said and not heeded stands in the line again, before what stands there now. */
  giveBack(text: string): void {
    this.#field.set(this.#field.text === "" ? text : `${text}\n${this.#field.text}`);
    this.#options.onChange();
  }

  key(key: Key): void {
    const hadSuggestions = this.#suggestions.length > 0;
    this.#suggestions = [];
    if (key.kind !== "key") this.#field.insert(key.text);
    else if (key.name === "enter") this.#enter();
    else if (key.name === "alt-enter") this.#altEnter();
    else if (key.name === "tab") this.#complete();
    else if (key.name === "up") this.#vertical(-1);
    else if (key.name === "down") this.#vertical(1);
    else if (key.name === "interrupt") this.#interrupt();
    else if (key.name === "escape") {
      if (!hadSuggestions) this.#options.onAbort();
    } else if (key.name === "end-of-input" && this.#field.text === "") this.#options.onQuit();
    else if (key.name === "end-of-input") this.#field.deleteForward();
    else editWith(key, this.#field);
  }

  layout(room: Room): { rows: Row[]; cursor: { row: number; column: number } } {
    const { paintHint, paintMark } = this.#options;
    const hints = this.#suggestions.slice(0, MAX_SUGGESTIONS).map(({ label }) => ({
      text: truncate(`  ${label}`, room.columns),
      paint: paintHint,
    }));
    const left = this.#suggestions.length - hints.length;
    if (left > 0) hints.push({ text: `  … ${left} more`, paint: paintHint });
    const field = fieldRows(this.#field, { mark: "› " }, { ...room, rows: Math.max(1, room.rows - hints.length) });
    const rows = field.rows.map(({ text }) => ({ text, paint: (row: string) => row.replace(/^›/, paintMark) }));
    return { rows: [...rows, ...hints], cursor: field.cursor };
  }

  #enter(): void {
    const { text } = this.#field;
    // As in a shell.
    if (this.#field.beforeCursor === text && /(^|[^\\])\\$/.test(text)) {
      this.#field.deleteBack();
      this.#field.insert("\n");
    } else this.#submit("now");
  }

  #altEnter(): void {
    if (this.#options.isBusy()) this.#submit("afterwards");
    else this.#field.insert("\n");
  }

  #submit(how: "now" | "afterwards"): void {
    const { text } = this.#field;
    if (text.trim() === "") return;
    this.#field.set("");
    this.#options.onSubmit(text, how);
  }

  #vertical(direction: -1 | 1): void {
    if (this.#field.moveByLine(direction)) return;
    const entry = this.#options.history.move(direction, this.#field.text);
    if (entry !== undefined) this.#field.set(entry);
  }

  #interrupt(): void {
    const now = this.#options.now();
    const isSecond = now - this.#interruptedAt < TWICE_MS;
    this.#interruptedAt = now;
    if (isSecond) this.#options.onQuit();
    else if (this.#options.isBusy()) this.#options.onAbort();
    else if (this.#field.text !== "") this.#field.set("");
    else this.#options.onQuit();
  }

  #complete(): void {
    const line = this.#field.text;
    this.#options.complete(line).then(
      (found) => {
        // The user has gone on meanwhile.
        if (this.#field.text !== line) return;
        const [only, ...others] = found;
        const common = commonStart(found.map((each) => each.line));
        if (only !== undefined && others.length === 0) this.#field.set(only.line);
        else if (common.length > line.length) this.#field.set(common);
        else this.#suggestions = found;
        this.#options.onChange();
      },
      // Completing is a convenience: the same command says what is wrong when it is run.
      () => undefined,
    );
  }
}

function commonStart(lines: readonly string[]): string {
  const [first = "", ...others] = lines;
  let end = first.length;
  for (const line of others) while (!line.startsWith(first.slice(0, end))) end -= 1;
  return first.slice(0, end);
}
