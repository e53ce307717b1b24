import { cellsOf } from "./rows.ts";

/** Rows of a field and the place of the cursor in them, counted from 0. */
export interface FieldLayout {
  rows: string[];
  row: number;
  column: number;
}

/** A text that is being typed: what it is, where the cursor stands, and what keys do to it. Knows no terminal. */
export class TextField {
  #text = "";
  #cursor = 0;
  /** What was cut last. */
  #cut = "";

  get text(): string {
    return this.#text;
  }

  /** Puts the cursor at the end. */
  set(text: string): void {
    this.#text = text;
    this.#cursor = text.length;
  }

  get beforeCursor(): string {
    return this.#text.slice(0, this.#cursor);
  }

  insert(text: string): void {
    this.#text = this.beforeCursor + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
  }

  moveBy(characters: -1 | 1): void {
    this.#cursor = characters < 0 ? this.#previous() : this.#next();
  }

  moveByWord(direction: -1 | 1): void {
    this.#cursor = direction < 0 ? this.#wordStart() : this.#wordEnd();
  }

  toLineStart(): void {
    this.#cursor = this.#lineStart();
  }

  toLineEnd(): void {
    this.#cursor = this.#lineEnd();
  }

  /** False where there is no line above or below: the caller may do something else with the key. */
  moveByLine(direction: -1 | 1): boolean {
    const start = this.#lineStart();
    const column = this.#cursor - start;
    if (direction < 0) {
      if (start === 0) return false;
      const above = this.#text.lastIndexOf("\n", start - 2) + 1;
      this.#cursor = this.#whole(Math.min(above + column, start - 1));
      return true;
    }
    const end = this.#lineEnd();
    if (end === this.#text.length) return false;
    const below = this.#text.indexOf("\n", end + 1);
    this.#cursor = this.#whole(Math.min(end + 1 + column, below < 0 ? this.#text.length : below));
    return true;
  }

  deleteBack(): void {
    this.#remove(this.#previous(), this.#cursor);
  }

  deleteForward(): void {
    this.#remove(this.#cursor, this.#next());
  }

  cutWordBack(): void {
    this.#cutOut(this.#wordStart(), this.#cursor);
  }

  cutToLineStart(): void {
    this.#cutOut(this.#lineStart(), this.#cursor);
  }

  cutToLineEnd(): void {
    const end = this.#lineEnd();
    // At the end of a line it is the end itself that goes.
    this.#cutOut(this.#cursor, end === this.#cursor ? Math.min(end + 1, this.#text.length) : end);
  }

  paste(): void {
    this.insert(this.#cut);
  }

  /** @param columns of a row, the cursor's place behind the last character included */
  layout(columns: number): FieldLayout {
    const rows = [""];
    let place: { row: number; column: number } | undefined;
    let width = 0;
    let at = 0;
    for (const line of this.#text.split("\n")) {
      if (at > 0) {
        rows.push("");
        width = 0;
      }
      for (const { segment } of new Intl.Segmenter().segment(line)) {
        const [cell = { text: segment, width: 1 }] = cellsOf(segment);
        if (width + cell.width > columns - 1) {
          rows.push("");
          width = 0;
        }
        if (at >= this.#cursor) place ??= { row: rows.length - 1, column: width };
        rows[rows.length - 1] += cell.text;
        width += cell.width;
        at += segment.length;
      }
      if (at >= this.#cursor) place ??= { row: rows.length - 1, column: width };
      at += 1;
    }
    return { rows, row: place?.row ?? 0, column: place?.column ?? 0 };
  }

  #previous(): number {
    return this.#boundaries().findLast((index) => index < this.#cursor) ?? 0;
  }

  #next(): number {
    return this.#boundaries().find((index) => index > this.#cursor) ?? this.#text.length;
  }

  /** Not within a character that takes several code units. */
  #whole(index: number): number {
    return this.#boundaries().findLast((each) => each <= index) ?? 0;
  }

  #boundaries(): number[] {
    const starts = [...new Intl.Segmenter().segment(this.#text)].map(({ index }) => index);
    return [...starts, this.#text.length];
  }

  #wordStart(): number {
    return /[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u.exec(this.beforeCursor)?.index ?? 0;
  }

  #wordEnd(): number {
    const rest = this.#text.slice(this.#cursor);
    return this.#cursor + (/^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(rest)?.[0].length ?? 0);
  }

  #lineStart(): number {
    return this.beforeCursor.lastIndexOf("\n") + 1;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#cursor);
    return end < 0 ? this.#text.length : end;
  }

  #cutOut(from: number, to: number): void {
    if (from < to) this.#cut = this.#text.slice(from, to);
    this.#remove(from, to);
  }

  #remove(from: number, to: number): void {
    this.#text = this.#text.slice(0, from) + this.#text.slice(to);
    this.#cursor = from;
  }
}
