import stringWidth from "fast-string-width";

/** What people see as one character, with the columns that it takes. */
export interface Cell {
  text: string;
  /** 0, 1 or 2. */
  width: number;
}

/** Tabs are as wide as this, wherever they stand. */
const TAB = "  ";

const segmenter = new Intl.Segmenter();

/** @param text plain text without ends of lines */
export function cellsOf(text: string): Cell[] {
  return [...segmenter.segment(text)].flatMap(({ segment }) => {
    const cell = toCell(segment === "\t" ? TAB : segment);
    // Several letters, which a terminal draws side by side.
    return cell.width <= 2 ? cell : Array.from(cell.text, toCell);
  });
}

/** Composed, since a syllable in parts is as wide as the whole one. */
function toCell(text: string): Cell {
  return { text, width: stringWidth(text.normalize()) };
}

export function widthOf(text: string): number {
  return cellsOf(text).reduce((sum, { width }) => sum + width, 0);
}

/** Rows of at most so many columns. What a terminal would do, with the knowledge of how many rows it takes. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, columns));
}

/** The same, broken between words where there are any. */
export function wrapWords(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => {
    const rows = [""];
    for (const word of line.split(/(?<= )(?=[^ ])/)) {
      const row = rows.at(-1) ?? "";
      if (row === "" || widthOf(row + withoutEndSpaces(word)) <= columns) rows[rows.length - 1] = row + word;
      else rows.push(word);
    }
    return rows.flatMap((row) => wrapLine(withoutEndSpaces(row), columns));
  });
}

/** Only of those between which words are broken: `trimEnd` takes spaces that hold words together, too, and wide ones. */
function withoutEndSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === " ") end -= 1;
  return text.slice(0, end);
}

/** As much of a line as fits, with a mark where something is left out. */
export function truncate(text: string, columns: number): string {
  const cells = cellsOf(text.replaceAll("\n", " "));
  let width = 0;
  let shown = "";
  for (const [index, cell] of cells.entries()) {
    const room = index === cells.length - 1 ? columns : columns - 1;
    if (width + cell.width > room) return `${shown}…`;
    width += cell.width;
    shown += cell.text;
  }
  return shown;
}

function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = "";
  let width = 0;
  for (const cell of cellsOf(line)) {
    if (width + cell.width > columns && row !== "") {
      rows.push(row);
      row = "";
      width = 0;
    }
    row += cell.text;
    width += cell.width;
  }
  return [...rows, row];
}
