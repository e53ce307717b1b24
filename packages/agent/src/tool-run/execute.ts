import { isTauError, type JsonObject, type ToolResult } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { ToolCall, ToolPlace } from "./tool-call.ts";

/** Runs a tool in its extension. A failure is a result that says so: the model has to see it. Never rejects. */
export async function execute(call: ToolCall, input: JsonObject, { host, hub, clock }: ToolPlace): Promise<ToolResult> {
  const { callId, tool, signal } = call;
  const start = clock.now();
  hub.emit("tool_execution_start", { callId, tool, input });
  const onProgress = (partial: ToolResult): void => {
    hub.emit("tool_execution_update", { callId, tool, partial });
    call.onProgress?.(partial);
  };
  const result = await host.call(tool, input, { callId, signal, onProgress }).catch(failedResult);
  const durationMs = Math.round(clock.now() - start);
  hub.emit("tool_execution_end", { callId, tool, isError: result.isError === true, durationMs });
  return result;
}

function failedResult(error: unknown): ToolResult {
  const details = isTauError(error) ? { code: error.code, executed: error.executed } : {};
  return { content: [{ type: "text", text: errorText(error) }], details, isError: true };
}
