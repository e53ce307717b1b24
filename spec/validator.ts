/** What the tests of this folder need beside the checks of tau-conformance. */
import type { SchemaFile } from "tau-conformance";
import type { JsonValue } from "tau-protocol";

/** The schema for expected lines, which name only some of the fields. */
export function withoutRequired(file: SchemaFile): SchemaFile {
  return JSON.parse(JSON.stringify(file), (key, value: unknown) =>
    key === "required" && Array.isArray(value) ? undefined : value,
  ) as SchemaFile;
}

/** An expected line with a sample in place of each mark. */
export function fillMarks(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(fillMarks);
  if (typeof value !== "object" || value === null) return value;
  const { $any, $contains, $unordered } = value;
  if (typeof $any === "string") return SAMPLES[$any] ?? null;
  if ($contains !== undefined) return $contains;
  if ($unordered !== undefined) return fillMarks($unordered);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !isAbsent(field))
      .map(([key, field]) => [key, fillMarks(field)]),
  );
}

const SAMPLES: Record<string, JsonValue> = {
  string: "x",
  number: 1,
  boolean: true,
  object: {},
  array: [],
  value: null,
};

function isAbsent(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && "$absent" in value;
}
