import { type Content, TauError, type ToolResult } from "tau-protocol";

/**
 * Reads a tool's result from whatever the extension sent. Unknown fields are dropped: what a model sees is only what the
 * protocol names.
 * @throws TauError `invalid-result`
 */
export function readToolResult(value: unknown, tool: string): ToolResult {
  const { content, details, isError } = asRecord(value);
  if (!Array.isArray(content)) throw refuse(tool, `expected \`content\` to be an array, got ${typeof content}`);
  return {
    content: content.map((item, index) => readContent(item, tool, index)),
    ...(details === undefined ? {} : { details: details as NonNullable<ToolResult["details"]> }),
    ...(isError === true ? { isError } : {}),
  };
}

function readContent(value: unknown, tool: string, index: number): Content {
  const { type, text, data, mimeType } = asRecord(value);
  if (type === "text" && typeof text === "string") return { type, text };
  if (type === "image" && typeof data === "string" && typeof mimeType === "string") return { type, data, mimeType };
  const shown = JSON.stringify(value) ?? "nothing";
  throw refuse(
    tool,
    `expected content[${index}] to be { type: "text", text } or { type: "image", data, mimeType }, got ${shown.slice(0, 80)}`,
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function refuse(tool: string, fault: string): TauError {
  return new TauError("invalid-result", `The result of tool \`${tool}\` has a wrong shape: ${fault}.`, { executed: "yes" });
}
