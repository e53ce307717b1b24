import { TauError, type ToolResult } from "tau-protocol";
import { asRecord } from "../as-record.ts";
import { show } from "../show.ts";

/**
 * Checks a tool's result, whatever the extension sent. It is not copied: results may be large.
 * @throws TauError `invalid-result`
 */
export function readToolResult(value: unknown, tool: string): ToolResult {
  const { content, isError } = asRecord(value);
  if (!Array.isArray(content)) throw refuse(tool, `expected \`content\` to be an array, got ${typeof content}`);
  for (let index = 0; index < content.length; index++) checkContent(content[index], tool, index);
  if (isError !== undefined && typeof isError !== "boolean") {
    throw refuse(tool, `expected \`isError\` to be a boolean, got ${typeof isError}`);
  }
  return value as ToolResult;
}

function checkContent(value: unknown, tool: string, index: number): void {
  const { type, text, data, mimeType } = asRecord(value);
  if (type === "text" && typeof text === "string") return;
  if (type === "image" && typeof data === "string" && typeof mimeType === "string") return;
  throw refuse(
    tool,
    `expected content[${index}] to be { type: "text", text } or { type: "image", data, mimeType }, got ${show(value)}`,
  );
}

function refuse(tool: string, fault: string): TauError {
  return new TauError("invalid-result", `The result of tool \`${tool}\` has a wrong shape: ${fault}.`, {
    executed: "yes",
  });
}
