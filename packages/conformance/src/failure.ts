/** The extension broke a rule. `expected` and `got` are for people. */
export class CheckFailure extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`Expected ${expected}, got ${got}`);
    this.name = "CheckFailure";
    this.expected = expected;
    this.got = got;
  }
}

const SHOWN_CHARS = 400;

/** A value in a sentence. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}… (${text.length} characters)`;
}
