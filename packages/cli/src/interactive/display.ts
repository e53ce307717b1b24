import type { Clock, Timer } from "tau-rpc";
import type { InputMode, Room, Row } from "./input-mode.ts";
import { truncate, wrap } from "./rows.ts";
import { type Live, Screen } from "./screen.ts";

export interface DisplayOptions {
  /** Writes at once. */
  write: (text: string) => void;
  size: () => { columns: number; rows: number };
  clock: Clock;
  /** For what is less important. */
  paintHint: (text: string) => string;
  /** The lowest row, as plain text. */
  footer: () => string;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Between two pictures of the spinner, in milliseconds. */
const SPIN_MS = 100;
/** Rows of a paragraph that is still being written, at most: what is above them scrolls away. */
const MAX_TAIL_ROWS = 12;
/** Rows of what is shown beside the conversation, such as the progress of one tool. */
export const MAX_PART_ROWS = 10;

/**
 * What the user sees. Above: the conversation, which scrolls away as in any program. Below, drawn again and again: the sentence that is
 * being written, what runs, what extensions show, and the line to type in.
 */
export class Display {
  readonly #options: DisplayOptions;
  readonly #screen: Screen;
  #mode: InputMode | undefined;
  #isAsking = false;
  #tail = "";
  /** Of the lines that are streamed. */
  #paintLine: (line: string) => string = String;
  #activity: { text: string; since: number } | undefined;
  #spin: Timer | undefined;
  /** By name, in the order in which they came. */
  readonly #parts = new Map<string, readonly string[]>();

  constructor(options: DisplayOptions) {
    this.#options = options;
    const { write, size, clock } = options;
    this.#screen = new Screen({ write, size, clock, live: () => this.#layout() });
  }

  open(): void {
    this.#screen.open();
  }

  /** Takes away what is drawn again and again. What was printed stays. */
  close(): void {
    this.setActivity(undefined);
    this.endStream();
    this.#screen.close();
  }

  /** Draws soon. */
  refresh(): void {
    this.#screen.refresh();
  }

  /** Draws on an empty screen: another program may have written on this one. */
  redraw(): void {
    this.#options.write("\u001B[2J\u001B[H");
    this.#screen.forget();
    this.#screen.flush();
  }

  /** Another program may write on the screen from here on. */
  leave(): void {
    this.#screen.close();
  }

  enter(): void {
    this.#screen.open();
  }

  /** What the keys go to, and is shown at the bottom. While it is a question, nothing else goes on for the user. */
  setMode(mode: InputMode, { isQuestion = false } = {}): void {
    this.#mode = mode;
    this.#isAsking = isQuestion;
    this.refresh();
  }

  /** Lines, painted already, that stay. */
  print(lines: string | readonly string[]): void {
    this.endStream();
    for (const line of typeof lines === "string" ? [lines] : lines) this.#screen.print(line);
  }

  /** A text that comes in pieces. @param text plain @param paintLine called once for each of its lines */
  stream(text: string, paintLine: (line: string) => string = String): void {
    this.#paintLine = paintLine;
    const lines = (this.#tail + text).split("\n");
    this.#tail = lines.pop() ?? "";
    for (const line of lines) this.#screen.print(paintLine(line));
    const { columns, rows } = this.#options.size();
    const room = Math.min(MAX_TAIL_ROWS, Math.max(2, rows - 6));
    const wrapped = wrap(this.#tail, columns);
    if (wrapped.length > room) {
      for (const row of wrapped.slice(0, -1)) this.#screen.print(row);
      this.#tail = wrapped.at(-1) ?? "";
    }
    this.refresh();
  }

  /** What was streamed is complete. */
  endStream(): void {
    if (this.#tail === "") return;
    const tail = this.#tail;
    this.#tail = "";
    this.#screen.print(this.#paintLine(tail));
  }

  /** What goes on, with a sign that it does. */
  setActivity(text: string | undefined): void {
    const { clock } = this.#options;
    if (text === this.#activity?.text) return;
    this.#activity = text === undefined ? undefined : { text, since: clock.now() };
    clock.clearTimeout(this.#spin);
    if (text !== undefined) this.#turn();
    this.refresh();
  }

  /** Rows below the conversation, under a name. None takes them away. @param lines plain */
  setPart(name: string, lines: readonly string[]): void {
    if (lines.length === 0) this.#parts.delete(name);
    else this.#parts.set(name, lines.slice(0, MAX_PART_ROWS));
    this.refresh();
  }

  #turn(): void {
    this.#spin = this.#options.clock.setTimeout(() => {
      this.refresh();
      this.#turn();
    }, SPIN_MS);
  }

  #layout(): Live {
    const { size, paintHint, footer } = this.#options;
    const { columns, rows } = size();
    const room: Room = { columns, rows: Math.max(1, Math.min(rows - 2, Math.ceil(rows / 2))) };
    const input = this.#mode?.layout(room) ?? { rows: [{ text: "" }], cursor: { row: 0, column: 0 } };
    const left = Math.max(0, rows - input.rows.length - 2);
    const above = [...this.#tailRows(columns), ...this.#partRows(columns)];
    const shown = left === 0 ? [] : above.slice(-left);
    const bottom: Row = { text: truncate(footer(), columns), paint: paintHint };
    const { cursor } = input;
    return { rows: [...shown, ...input.rows, bottom], cursor: { ...cursor, row: shown.length + cursor.row } };
  }

  #tailRows(columns: number): Row[] {
    return this.#tail === "" ? [] : wrap(this.#tail, columns).map((text) => ({ text }));
  }

  #partRows(columns: number): Row[] {
    const { paintHint, clock } = this.#options;
    const parts = [...this.#parts.values()].flat();
    const rows: Row[] = parts.map((text) => ({ text: truncate(text, columns), paint: paintHint }));
    if (this.#activity === undefined || this.#isAsking) return rows;
    const { text, since } = this.#activity;
    const passedMs = clock.now() - since;
    const picture = SPINNER[Math.floor(passedMs / SPIN_MS) % SPINNER.length] ?? "";
    const seconds = passedMs < 1000 ? "" : ` ${Math.floor(passedMs / 1000)} s`;
    return [...rows, { text: truncate(`${picture} ${text}${seconds} (Esc ends it)`, columns), paint: paintHint }];
  }
}
