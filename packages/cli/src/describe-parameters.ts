import type { JsonObject, JsonSchema, JsonValue } from "tau-protocol";

/** A tool's parameters on one line: `query: string, limit?: integer`. */
export function describeParameters(schema: JsonSchema): string {
  return isObject(schema) ? fieldsOf(schema).join(", ") : "";
}

/** Deeper than this, a shape is told by its kind only. */
const MAX_DEPTH = 2;

function fieldsOf(schema: JsonObject, depth = 0): string[] {
  const { properties, required } = schema;
  if (!isObject(properties)) return [];
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  return Object.entries(properties).map(
    ([name, property]) => `${name}${isRequired(name) ? "" : "?"}: ${describeType(property, depth)}`,
  );
}

function describeType(schema: JsonValue, depth: number): string {
  if (!isObject(schema)) return "any";
  const { const: constant, enum: values, anyOf, oneOf, type, items, $ref: reference } = schema;
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(" | ");
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return options.map((option) => describeType(option, depth)).join(" | ");
  if (typeof reference === "string") return reference.split("/").at(-1) ?? "any";
  if (Array.isArray(type)) return type.filter((name) => typeof name === "string").join(" | ");
  if (type === "array") return describeArray(items, depth);
  if (type === "object" && depth < MAX_DEPTH && isObject(schema["properties"])) {
    return `{ ${fieldsOf(schema, depth + 1).join(", ")} }`;
  }
  return typeof type === "string" ? type : "any";
}

function describeArray(items: JsonValue | undefined, depth: number): string {
  const item = items === undefined ? "any" : describeType(items, depth);
  return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
