/** Checks lines against schema.json, in both directions of a conversation. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { type JsonObject, type JsonValue, WIRE_CODES, type WireErrorKind } from "tau-protocol";
import { methods, type SchemaFile, schema, type Side } from "./read.ts";

export type Validate = (type: string, value: JsonValue) => string[];

/** Says what is wrong with a value of a type of the schema. */
export function createValidate(file: SchemaFile = schema): Validate {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addSchema(file, "tau");
  return (type, value) => {
    const validate: ValidateFunction | undefined = ajv.getSchema(`tau#/$defs/${type}`);
    if (validate === undefined) return [`schema.json has no type ${type}`];
    return validate(value)
      ? []
      : (validate.errors ?? []).map((error) => `${type}${error.instancePath} ${error.message}`);
  };
}

/** The schema for expected lines, which name only some of the fields. */
export function withoutRequired(file: SchemaFile): SchemaFile {
  return JSON.parse(JSON.stringify(file), (key, value: unknown) =>
    key === "required" && Array.isArray(value) ? undefined : value,
  ) as SchemaFile;
}

/** Follows one conversation, so that an answer is checked as the answer to its request. */
export class Conversation {
  readonly #pending: Record<Side, Map<JsonValue, string>> = { host: new Map(), extension: new Map() };

  /** What is wrong with this line. */
  check(from: Side, line: JsonObject, validate: Validate): string[] {
    const complaints = [...validate("Message", line), ...checkOrder(line)];
    const { id, method } = line;
    if (typeof method !== "string") return [...complaints, ...this.#checkAnswer(from, line, validate)];
    if (id !== undefined) this.#pending[from].set(id, method);
    return [...complaints, ...checkParams({ from, line, method }, validate)];
  }

  #checkAnswer(from: Side, { id, result, error }: JsonObject, validate: Validate): string[] {
    const asker: Side = from === "host" ? "extension" : "host";
    const method = this.#pending[asker].get(id ?? null);
    if (error !== undefined) return checkCode(error as JsonObject);
    if (method === undefined || result === undefined) return [];
    const type = methods[asker].requests[method]?.result;
    return type === undefined ? [] : validate(type, result);
  }
}

function checkParams(
  { from, line, method }: { from: Side; line: JsonObject; method: string },
  validate: Validate,
): string[] {
  const table = methods[from];
  const type = line["id"] === undefined ? table.notifications[method] : table.requests[method]?.params;
  // Transcripts about unknown methods name them so.
  if (type === undefined) return method.startsWith("future/") ? [] : [`methods.json has no ${method} from the ${from}`];
  return validate(type, line["params"] ?? {});
}

/** F-4: what a line is, is written first. */
function checkOrder(line: JsonObject): string[] {
  const first = ["jsonrpc", "id", "method"].filter((key) => key in line);
  const keys = Object.keys(line).slice(0, first.length);
  return first.join() === keys.join() ? [] : [`${keys.join()} comes first, expected ${first.join()}`];
}

function checkCode({ code, data }: JsonObject): string[] {
  const kind = (data as JsonObject | undefined)?.["kind"];
  if (kind === undefined) return [];
  return WIRE_CODES[kind as WireErrorKind] === code
    ? []
    : [`${JSON.stringify(kind)} does not have the code ${JSON.stringify(code)}`];
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
