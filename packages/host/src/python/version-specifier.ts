/**
 * Whether a version of Python is one of those that `requires-python` allows; `undefined` for a specifier that is none.
 * Source: https://packaging.python.org/en/latest/specifications/version-specifiers/
 */
export function allowsVersion(specifier: string, version: string): boolean | undefined {
  const actual = numbers(version);
  const verdicts = specifier
    .split(",")
    .filter((clause) => clause.trim() !== "")
    .map((clause) => allows(clause.trim(), actual));
  return verdicts.includes(undefined) ? undefined : verdicts.every(Boolean);
}

function allows(clause: string, actual: readonly number[]): boolean | undefined {
  const [, operator, text, wildcard] = /^(===|==|!=|~=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause) ?? [];
  if (operator === undefined || text === undefined) return undefined;
  const wanted = numbers(text);
  if (wildcard !== undefined) {
    const begins = compare(actual.slice(0, wanted.length), wanted) === 0;
    return operator === "==" ? begins : operator === "!=" ? !begins : undefined;
  }
  const order = compare(actual, wanted);
  if (operator === "~=") {
    const begins =
      wanted.length > 1 ? compare(actual.slice(0, wanted.length - 1), wanted.slice(0, -1)) === 0 : undefined;
    return begins === undefined ? undefined : order >= 0 && begins;
  }
  const verdicts = { "===": order === 0, "==": order === 0, "!=": order !== 0, "<=": order <= 0, ">=": order >= 0 };
  if (operator === "<") return order < 0;
  return operator === ">" ? order > 0 : verdicts[operator as keyof typeof verdicts];
}

function numbers(version: string): number[] {
  return version.split(".").map(Number);
}

/** Missing places count as 0: 3.11 is 3.11.0. */
function compare(one: readonly number[], other: readonly number[]): number {
  for (let place = 0; place < Math.max(one.length, other.length); place++) {
    const difference = (one[place] ?? 0) - (other[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
