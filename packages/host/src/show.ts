const SHOWN_LENGTH = 80;

/** A value for an error message: as JSON, cut short. Survives what JSON can't hold: cycles, BigInt, endless nesting. */
export function show(value: unknown, maxLength = SHOWN_LENGTH): string {
  const text = stringify(value);
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

function stringify(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    // A cycle, a BigInt inside, or deeper than the stack: the kind has to do.
    return Array.isArray(value) ? "[…]" : "{…}";
  }
}
