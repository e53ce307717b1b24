import type { Clock, Timer } from "tau-rpc";
import { widthOf } from "./rows.ts";

/** The part at the bottom that is drawn again and again. Rows hold no ends of lines and fit the columns. */
export interface Live {
  rows: readonly { text: string; paint?: (text: string) => string }[];
  /** Counted from 0; the row within `rows`. */
  cursor: { row: number; column: number };
}

export interface ScreenOptions {
  /** Writes at once. */
  write: (text: string) => void;
  size: () => { columns: number; rows: number };
  clock: Clock;
  /** Asked when it is drawn. */
  live: () => Live;
}

/** Drawing more often shows nothing that people could see, in milliseconds. */
const FRAME_MS = 16;

const CLEAR_BELOW = "\u001B[J";
/** Terminals that know it show everything in between at once. Source: https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036 */
const BEGIN = "\u001B[?2026h\u001B[?25l";
const END = "\u001B[?25h\u001B[?2026l";

/**
 * Text that scrolls up and away as in any other program, and below it a few rows that are drawn again: the terminal's own scrollback,
 * search and selection keep working.
 */
export class Screen {
  readonly #options: ScreenOptions;
  #pending = "";
  #timer: Timer | undefined;
  /** What stands on the screen now, as widths of its rows, and where the cursor is. */
  #drawn: { widths: number[]; row: number; column: number } = { widths: [], row: 0, column: 0 };
  #isOpen = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  open(): void {
    this.#isOpen = true;
    this.refresh();
  }

  /** Puts whole lines above the live part, for good. */
  print(text: string): void {
    this.#pending += `${text}\n`;
    this.refresh();
  }

  /** Draws soon. */
  refresh(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => this.flush(), FRAME_MS);
  }

  /** Draws now. */
  flush(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isOpen) return;
    const { columns } = this.#options.size();
    const above = this.#erase(columns) + this.#pending.replaceAll("\n", "\r\n");
    this.#pending = "";
    const { rows, cursor } = this.#options.live();
    const painted = rows.map(({ text, paint }) => (paint === undefined ? text : paint(text)));
    const up = rows.length - 1 - cursor.row;
    const place = `${up > 0 ? `\u001B[${up}A` : ""}\r${cursor.column > 0 ? `\u001B[${cursor.column}C` : ""}`;
    this.#drawn = { widths: rows.map(({ text }) => widthOf(text)), ...cursor };
    this.#options.write(`${BEGIN}${above}${painted.join("\r\n")}${place}${END}`);
  }

  /** Takes the live part away and leaves what is printed. */
  close(): void {
    if (!this.#isOpen) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const rest = this.#pending.replaceAll("\n", "\r\n");
    this.#pending = "";
    this.#options.write(this.#erase(this.#options.size().columns) + rest);
    this.#drawn = { widths: [], row: 0, column: 0 };
    this.#isOpen = false;
  }

  /** Forgets what is drawn: another program may have drawn over it. */
  forget(): void {
    this.#drawn = { widths: [], row: 0, column: 0 };
  }

  /** When the terminal has become narrower, rows that were one are several now. */
  #erase(columns: number): string {
    const { widths, row, column } = this.#drawn;
    const above = widths.slice(0, row).reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const up = above + Math.floor(column / columns);
    return `${up > 0 ? `\u001B[${up}A` : ""}\r${CLEAR_BELOW}`;
  }
}
