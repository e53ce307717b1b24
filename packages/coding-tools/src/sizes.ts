/** What a model is shown at once: beyond this a result crowds out the conversation. */
export const MAX_LINES = 2000;
export const MAX_BYTES = 50 * 1024;
/** UTF-16 units. Longer lines are minified code or data. */
export const MAX_LINE_LENGTH = 2000;

export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

/** 812 B, 4.5 KB, 3.2 MB */
export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "KB"] : [bytes / 1024 / 1024, "MB"];
  return `${size.toFixed(1)} ${unit}`;
}

/** `1 line`, `2 lines` */
export function count(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}

/**
 * Cuts a long line at its end, never through a character.
 * @param length of the whole line, where `line` is only its beginning
 */
export function cutLine(line: string, maxLength = MAX_LINE_LENGTH, length = line.length): string {
  if (length <= maxLength) return line;
  const end = splitsPair(line, maxLength) ? maxLength - 1 : maxLength;
  return `${line.slice(0, end)}… [${length - end} more characters]`;
}

/** Whether a cut at `index` would go through a surrogate pair. */
export function splitsPair(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  return before >= 0xd800 && before <= 0xdbff;
}

/** As many of the lines as fit. One at least, where there is any. */
export function fitLines(lines: readonly string[], maxLines = MAX_LINES, maxBytes = MAX_BYTES): string[] {
  const fitting: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += byteLength(line) + 1;
    if (fitting.length >= maxLines || (bytes > maxBytes && fitting.length > 0)) break;
    fitting.push(line);
  }
  return fitting;
}
