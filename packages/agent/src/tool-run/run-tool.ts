import type { ToolResult } from "tau-protocol";
import { execute } from "./execute.ts";
import { finalize } from "./finalize.ts";
import { prepare } from "./prepare.ts";
import type { ToolCall, ToolPlace } from "./tool-call.ts";

/** One call from the wish to the result: prepare, execute, finalize. Never rejects; what went wrong is in the result. */
export async function runTool(call: ToolCall, place: ToolPlace): Promise<ToolResult> {
  const prepared = await prepare(call, place);
  // After an abort a block says nothing: its gate was not asked to the end.
  if (call.signal.aborted) return abortedResult();
  if (prepared.kind === "reply") return prepared.result;
  const { input } = prepared;
  const result = await execute(call, input, place);
  if (call.signal.aborted) return abortedResult();
  return finalize(call, { input, result }, place);
}

/** Every call has a result, also one that was given up: without it the conversation could not go on. */
export function abortedResult(): ToolResult {
  return { content: [{ type: "text", text: "Aborted by the user." }], isError: true };
}
