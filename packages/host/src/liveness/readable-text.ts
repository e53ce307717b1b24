const MAX_LENGTH = 300;

/** A name that an extension chose, on one line and not too long. It may hold anything: `{ ["\n\x1b[2J"]() {} }`. */
export function readableText(text: string): string {
  const line = text.replaceAll(/[\p{C}\u2028\u2029]/gu, "�");
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
