import type { ErrorObject } from "ajv/dist/2020.js";
import { show } from "../show.ts";

/** More than these help nobody correct a call. */
const MAX_LINES = 8;

/** One line a fault: where, what was expected, what came. Written for a model that has to try again. */
export function describeErrors(value: unknown, errors: readonly ErrorObject[], root: string): string[] {
  const leaves = withoutParents(errors);
  const lines = [...new Set(leaves.map((error) => describeError(value, error, root)))];
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more`] : lines;
}

/** `anyOf must match` says nothing beside the reasons why no branch matched. */
function withoutParents(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const reasons = errors.filter((error) => !hasReasons(error));
  return reasons.length > 0 ? reasons : errors;
}

/** A `oneOf` that two branches match has none: nothing was wrong with either. */
function hasReasons({ keyword, params }: ErrorObject): boolean {
  if (keyword === "oneOf") return (params as { passingSchemas?: unknown }).passingSchemas === null;
  return ["anyOf", "allOf", "if"].includes(keyword);
}

function describeError(value: unknown, error: ErrorObject, root: string): string {
  const path = readPath(error.instancePath);
  const got = `got ${describeValue(path.reduce<unknown>(step, value))}`;
  const where = formatPath(root, path);
  const { keyword, params, message } = error as ErrorObject<string, Record<string, unknown>>;
  switch (keyword) {
    case "required":
      return `${formatPath(root, [...path, String(params["missingProperty"])])}: expected a value, got none`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return `${formatPath(root, [...path, String(params["additionalProperty"] ?? params["unevaluatedProperty"])])}: expected no such property`;
    case "type":
      return `${where}: expected ${[params["type"]].flat().join(" or ")}, ${got}`;
    case "enum":
      return `${where}: expected one of ${JSON.stringify(params["allowedValues"])}, ${got}`;
    case "const":
      return `${where}: expected ${JSON.stringify(params["allowedValue"])}, ${got}`;
    case "false schema":
      return `${where}: expected no value, ${got}`;
    default:
      return `${where}: ${(message ?? keyword).replace(/^must (NOT )?/, (_, not) => (not === undefined ? "expected to " : "expected not to "))}, ${got}`;
  }
}

/** Source: JSON Pointer, RFC 6901, section 4. */
function readPath(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function step(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function formatPath(root: string, path: readonly string[]): string {
  return path.reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : `${text}.${key}`), root);
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const type = Array.isArray(value) ? "array" : value === null ? "" : typeof value;
  return type === "" ? show(value) : `${type} ${show(value)}`;
}
