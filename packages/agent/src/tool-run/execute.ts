import type { JsonObject, ToolResult } from "tau-protocol";
import { failed } from "./prepare.ts";
import type { ToolCall, ToolOutcome, ToolPlace } from "./tool-call.ts";

/** Runs a tool in its extension. Never rejects. */
export async function execute(
  call: ToolCall,
  input: JsonObject,
  { host, hub, clock }: ToolPlace,
): Promise<ToolOutcome> {
  const { callId, tool, signal } = call;
  const start = clock.now();
  hub.emit("tool_execution_start", { callId, tool, input });
  const onProgress = (partial: ToolResult): void => {
    hub.emit("tool_execution_update", { callId, tool, partial });
    call.onProgress?.(partial);
  };
  const outcome = await host.call(tool, input, { callId, signal, onProgress }).then((result) => ({ result }), failed);
  const durationMs = Math.round(clock.now() - start);
  hub.emit("tool_execution_end", { callId, tool, isError: outcome.result.isError === true, durationMs });
  return outcome;
}
