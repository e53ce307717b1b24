import type { Key } from "./keys.ts";

/** A row of the live part, as plain text, and how it is painted. */
export interface Row {
  text: string;
  paint?: (text: string) => string;
}

export interface Room {
  columns: number;
  /** At most. */
  rows: number;
}

/** What the keys go to, and how it looks: the line that the user types in, or a question. */
export interface InputMode {
  key(key: Key): void;
  layout(room: Room): { rows: Row[]; cursor: { row: number; column: number } };
}
