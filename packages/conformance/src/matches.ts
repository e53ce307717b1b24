/** Whether a value is what is expected there. spec/transcripts/README.md has the rules and the marks (`$any`, `$contains`, …). */
export function matches(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, n) => matches(actual[n], item))
    );
  }
  if (typeof expected !== "object" || expected === null) return actual === expected;
  const [mark, wanted] = Object.entries(expected)[0] ?? [];
  if (mark === "$any") return isOfType(actual, wanted);
  if (mark === "$contains") return typeof actual === "string" && actual.includes(String(wanted));
  if (mark === "$absent") return actual === undefined;
  if (mark === "$unordered") return matchesUnordered(actual, wanted as unknown[]);
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
  return Object.entries(expected).every(([key, value]) => matches((actual as Record<string, unknown>)[key], value));
}

function isOfType(actual: unknown, type: unknown): boolean {
  if (type === "value") return actual !== undefined;
  if (type === "array") return Array.isArray(actual);
  if (type === "object") return typeof actual === "object" && actual !== null && !Array.isArray(actual);
  return typeof actual === type;
}

function matchesUnordered(actual: unknown, expected: unknown[]): boolean {
  if (!Array.isArray(actual) || actual.length !== expected.length) return false;
  const open = [...(actual as unknown[])];
  for (const item of expected) {
    const found = open.findIndex((each) => matches(each, item));
    if (found === -1) return false;
    open.splice(found, 1);
  }
  return true;
}
