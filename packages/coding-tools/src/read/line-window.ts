import { byteLength, cutLine, MAX_BYTES, MAX_LINE_LENGTH } from "../sizes.ts";

export interface WindowOptions {
  /** The first line wanted, from 1. */
  offset: number;
  /** Lines at most. */
  limit: number;
}

/** Takes text piece by piece and keeps some of its lines; the rest is only counted, so that a file of any size can be read. */
export class LineWindow {
  /** What was kept, without line ends. Long lines are cut. */
  readonly lines: string[] = [];
  /** The lines of the whole text. A text that ends with a line end has no empty line behind it. */
  total = 0;
  readonly #options: WindowOptions;
  #bytes = 0;
  /** The line that has not ended yet, as far as it will be shown, and its whole length. */
  #open = "";
  #openLength = 0;
  #full = false;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Everything that will be kept is there. */
  get isFull(): boolean {
    return this.#full;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#extend(text, start, end);
      this.#endLine();
      start = end + 1;
    }
    this.#extend(text, start, text.length);
  }

  end(): void {
    if (this.#openLength > 0) this.#endLine();
  }

  #extend(text: string, start: number, end: number): void {
    this.#openLength += end - start;
    // One more than is shown, to see that it is too long; a CR may follow.
    const room = MAX_KEPT - this.#open.length;
    if (this.#wantsNext() && room > 0) this.#open += text.slice(start, Math.min(end, start + room));
  }

  #endLine(): void {
    const wanted = this.#wantsNext();
    this.total += 1;
    if (wanted) this.#keep(this.#open, this.#openLength);
    this.#open = "";
    this.#openLength = 0;
  }

  #wantsNext(): boolean {
    return !this.#full && this.total + 1 >= this.#options.offset;
  }

  #keep(kept: string, length: number): void {
    const line = length === kept.length ? cutLine(kept.replace(/\r$/, "")) : cutLine(kept, MAX_LINE_LENGTH, length);
    this.#bytes += byteLength(line) + 1;
    // One line is shown in any case: a window that is always empty would never end.
    if (this.#bytes > MAX_BYTES && this.lines.length > 0) this.#full = true;
    else this.lines.push(line);
    if (this.lines.length >= this.#options.limit) this.#full = true;
  }
}

/** UTF-16 units kept of a line: more than will be shown of it. */
const MAX_KEPT = MAX_LINE_LENGTH + 2;
