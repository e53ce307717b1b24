import { type JsonSchema, TauError } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { ParametersSchema } from "./infer.ts";
import type { StandardIssue, StandardJsonSchema } from "./standard-schema.ts";

/** A tool's parameters, ready for the wire and for the library's own checks. */
export interface Parameters {
  /** What the host validates against and the model is shown. */
  jsonSchema: JsonSchema;
  /** Applies the library's defaults and transforms. Absent for plain JSON Schema, which the host has checked. */
  parse: ((value: unknown) => unknown) | undefined;
}

/** @throws TauError `registration-refused` when there is no JSON Schema in it. */
export function readParameters(tool: string, schema: ParametersSchema): Parameters {
  if (isStandard(schema)) return readStandard(tool, schema);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema) || "~standard" in schema) {
    throw refuse(tool, schema);
  }
  return { jsonSchema: toPlainJson(tool, schema), parse: undefined };
}

function readStandard(tool: string, schema: StandardJsonSchema): Parameters {
  const { jsonSchema, validate } = schema["~standard"];
  return {
    jsonSchema: toPlainJson(tool, describeInput(tool, jsonSchema)),
    parse: validate === undefined ? undefined : (value) => applyLibrary(tool, validate, value),
  };
}

/** Libraries throw for what JSON can't hold, such as a date. */
function describeInput(tool: string, jsonSchema: StandardJsonSchema["~standard"]["jsonSchema"]): object {
  try {
    return jsonSchema.input({ target: "draft-2020-12" });
  } catch (error) {
    throw new TauError(
      "registration-refused",
      `Expected \`parameters\` of tool \`${tool}\` to have a JSON Schema, but its library can't tell it: ${errorText(error)}`,
      { executed: "no", cause: error },
    );
  }
}

async function applyLibrary(
  tool: string,
  validate: NonNullable<StandardJsonSchema["~standard"]["validate"]>,
  value: unknown,
): Promise<unknown> {
  const result = await validate(value);
  if (result.issues === undefined) return result.value;
  throw new TauError(
    "invalid-arguments",
    `The arguments of \`${tool}\` are wrong:\n${result.issues.map((issue) => `- ${describeIssue(issue)}`).join("\n")}`,
    { executed: "no" },
  );
}

function describeIssue(issue: StandardIssue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  return `${path.length === 0 ? "arguments" : path.join(".")}: ${issue.message}`;
}

/** Drops what JSON can't hold, such as the symbols that libraries attach. */
function toPlainJson(tool: string, schema: object): JsonSchema {
  try {
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (error) {
    throw refuse(tool, schema, error);
  }
}

function isStandard(schema: unknown): schema is StandardJsonSchema {
  // arktype's schemas are functions.
  if (schema === null || (typeof schema !== "object" && typeof schema !== "function")) return false;
  const standard = (schema as { "~standard"?: { jsonSchema?: { input?: unknown } } })["~standard"];
  return typeof standard?.jsonSchema?.input === "function";
}

function refuse(tool: string, schema: unknown, cause?: unknown): TauError {
  return new TauError(
    "registration-refused",
    `Expected \`parameters\` of tool \`${tool}\` to be a JSON Schema object or a schema that can tell its JSON Schema ` +
      `(zod 4, arktype, TypeBox, valibot through toStandardJsonSchema), got ${describe(schema)}.`,
    { executed: "no", cause },
  );
}

function describe(schema: unknown): string {
  if (schema === null) return "null";
  if (Array.isArray(schema)) return "a list";
  if (typeof schema === "object" && "~standard" in schema) return "a schema without `~standard.jsonSchema`";
  return typeof schema === "object" ? "an object that is not JSON" : typeof schema;
}
