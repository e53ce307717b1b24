import {
  type JsonSchema,
  MAX_DESCRIPTION_LENGTH,
  MAX_TOOLS,
  TauError,
  TOOL_NAME_PATTERN,
  type ToolDefinition,
} from "tau-protocol";
import { asRecord } from "../as-record.ts";
import { show } from "../show.ts";
import type { SchemaCompiler } from "./schema.ts";

/** How long schemas are checked before everything else gets its turn, in milliseconds. */
const SLICE_MS = 5;

/** How much of the host's time the schemas of one extension may take, in milliseconds. A thousand ordinary tools take one second. */
const BUDGET_MS = 5_000;

/**
 * Reads what an extension declares of its tools, from whatever it sent. Waits in between where that takes long.
 * @throws TauError `registration-refused`, naming the tool and the fault
 */
export async function readToolDefinitions(value: unknown, compiler: SchemaCompiler): Promise<ToolDefinition[]> {
  if (!Array.isArray(value)) throw refuse(`Expected \`tools\` to be an array, got ${typeof value}.`);
  checkNumber(value);
  const tools: ToolDefinition[] = [];
  let sliceStart = performance.now();
  let used = 0;
  for (const item of value) {
    tools.push(readToolDefinition(item, compiler));
    const slice = performance.now() - sliceStart;
    if (slice < SLICE_MS) continue;
    used += slice;
    if (used > BUDGET_MS) throw refuse(`Expected the schemas of all tools to be checked within ${BUDGET_MS} ms.`);
    await new Promise((resolve) => setImmediate(resolve));
    sliceStart = performance.now();
  }
  checkTogether(tools);
  return tools;
}

/** @throws TauError `registration-refused` for what each tool alone does not show */
export function checkTogether(tools: readonly ToolDefinition[]): void {
  checkNumber(tools);
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) throw refuse(`Tool \`${name}\` is declared twice. Rename one of the two.`);
    names.add(name);
  }
}

function checkNumber(tools: readonly unknown[]): void {
  if (tools.length > MAX_TOOLS) throw refuse(`Expected at most ${MAX_TOOLS} tools, got ${tools.length}.`);
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

function refuse(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no", phase: "register" });
}
