import type { Content, EventPayloads, JsonObject, JsonValue, ToolResult } from "tau-protocol";
import type { ToolCall, ToolPlace } from "./tool-call.ts";

/** Lets the extensions change what a tool has answered, before anybody sees it. */
export async function finalize(
  call: ToolCall,
  ran: { input: JsonObject; result: ToolResult },
  { host }: ToolPlace,
): Promise<ToolResult> {
  const { callId, tool, signal } = call;
  const { input, result } = ran;
  const payload: EventPayloads["tool_result"] = {
    callId,
    tool,
    input,
    content: result.content,
    isError: result.isError === true,
    ...(result.details === undefined ? {} : { details: result.details }),
  };
  const decision = await host.decide("tool_result", payload as JsonObject, { signal });
  if (decision.action === "block") {
    return {
      content: [{ type: "text", text: `The result was withheld by ${decision.extensionId}: ${decision.reason}` }],
      isError: true,
    };
  }
  return readResult(decision.payload, result);
}

/** What a hook made of it, where that is a result. */
function readResult({ content, details, isError }: JsonObject, before: ToolResult): ToolResult {
  const changed =
    Array.isArray(content) && content.every(isContent) ? (content as unknown as Content[]) : before.content;
  return {
    content: changed,
    ...(details === undefined ? {} : { details: details as JsonValue }),
    ...(isError === true ? { isError } : {}),
  };
}

function isContent(value: unknown): boolean {
  const { type, text, data, mimeType } = (value ?? {}) as Record<string, unknown>;
  return type === "text"
    ? typeof text === "string"
    : type === "image" && typeof data === "string" && typeof mimeType === "string";
}
