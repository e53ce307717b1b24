import {
  type JsonSchema,
  MAX_DESCRIPTION_LENGTH,
  MAX_TOOLS,
  TauError,
  TOOL_NAME_PATTERN,
  type ToolDefinition,
} from "tau-protocol";
import { show } from "../show.ts";
import type { SchemaCompiler } from "./schema.ts";

/**
 * Reads what an extension declares of its tools, from whatever it sent.
 * @throws TauError `registration-refused`, naming the tool and the fault
 */
export function readToolDefinitions(value: unknown, compiler: SchemaCompiler): ToolDefinition[] {
  if (!Array.isArray(value)) throw refuse(`Expected \`tools\` to be an array, got ${typeof value}.`);
  if (value.length > MAX_TOOLS) throw refuse(`Expected at most ${MAX_TOOLS} tools, got ${value.length}.`);
  const tools = value.map((item) => readToolDefinition(item, compiler));
  const twice = tools.find((tool, index) => tools.findIndex(({ name }) => name === tool.name) !== index);
  if (twice !== undefined) throw refuse(`Tool \`${twice.name}\` is declared twice. Rename one of the two.`);
  return tools;
}

function readToolDefinition(value: unknown, compiler: SchemaCompiler): ToolDefinition {
  const { name, label, description, parameters, idempotent } = asRecord(value);
  if (typeof name !== "string" || !TOOL_NAME_PATTERN.test(name)) {
    throw refuse(`Expected a tool name of 1 to 64 letters, digits, \`_\` or \`-\`, got ${show(name)}.`);
  }
  if (typeof description !== "string" || description.length > MAX_DESCRIPTION_LENGTH) {
    const limit = `of at most ${MAX_DESCRIPTION_LENGTH} characters`;
    throw refuse(`Expected tool \`${name}\` to have a description ${limit}, got ${show(description)}.`);
  }
  const schema = readSchema(name, parameters, compiler);
  return {
    name,
    ...(typeof label === "string" ? { label } : {}),
    description,
    parameters: schema,
    ...(idempotent === true ? { idempotent } : {}),
  };
}

function readSchema(name: string, schema: unknown, compiler: SchemaCompiler): JsonSchema {
  const isSchema =
    typeof schema === "boolean" || (typeof schema === "object" && schema !== null && !Array.isArray(schema));
  const fault = isSchema ? compiler.findFault(schema as JsonSchema) : `got ${show(schema)}`;
  if (fault === undefined) return schema as JsonSchema;
  throw refuse(`Expected the parameters of tool \`${name}\` to be a JSON Schema of type object: ${fault}.`);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function refuse(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no", phase: "register" });
}
