import type { Room, Row } from "./input-mode.ts";
import { widthOf } from "./rows.ts";
import type { TextField } from "./text-field.ts";

export interface FieldLook {
  /** Before the first row; the others are indented as far. */
  mark: string;
  /** Shown for each character instead of it. */
  mask?: string;
  paint?: (text: string) => string;
}

/** A text field as rows: those around the cursor, where there are more than fit. */
export function fieldRows(
  field: TextField,
  { mark, mask, paint }: FieldLook,
  room: Room,
): { rows: Row[]; cursor: { row: number; column: number } } {
  const indent = widthOf(mark);
  const { rows, row, column } = field.layout(Math.max(2, room.columns - indent));
  const first = Math.max(0, Math.min(row - room.rows + 1, rows.length - room.rows));
  const shown = rows.slice(first, first + Math.max(1, room.rows));
  const painted = paint === undefined ? {} : { paint };
  return {
    rows: shown.map((text, index) => {
      const hidden = mask === undefined ? text : mask.repeat(text.length);
      return { text: `${first + index === 0 ? mark : " ".repeat(indent)}${hidden}`, ...painted };
    }),
    cursor: { row: row - first, column: indent + column },
  };
}
