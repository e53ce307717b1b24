import type { JsonObject } from "tau-ext";

export const TOOL_NAMES = ["read", "write", "edit", "bash", "grep", "find", "ls"] as const;

export type ToolName = (typeof TOOL_NAMES)[number];

/**
 * The tools to offer, in their usual order. A host refuses an extension as a whole if one of its names is taken, so whoever brings a
 * `bash` of their own leaves ours out: `except` takes any names, those of others too.
 * @throws Error that says what was expected
 */
export function chooseTools(config: Readonly<JsonObject>): ToolName[] {
  const { tools = [...TOOL_NAMES], except = [] } = config;
  const chosen = readNames("tools", tools);
  const left = readNames("except", except);
  const unknown = chosen.find((name) => !TOOL_NAMES.includes(name as ToolName));
  if (unknown !== undefined) {
    throw new Error(`Expected \`tools\` to name ${TOOL_NAMES.join(", ")}, got \`${unknown}\`.`);
  }
  return TOOL_NAMES.filter((name) => chosen.includes(name) && !left.includes(name));
}

function readNames(setting: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new Error(
    `Expected \`${setting}\` to be a list of names such as ["read", "grep"], got ${JSON.stringify(value)}.`,
  );
}
