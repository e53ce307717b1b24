import { nearest } from "tau-host";
import type { EventPayloads, JsonObject, ToolResult } from "tau-protocol";
import type { ToolCall, ToolPlace } from "./tool-call.ts";

/** What becomes of a call before it runs: it runs, or it is answered without. */
export type Prepared = { kind: "run"; input: JsonObject } | { kind: "reply"; result: ToolResult };

/** Finds the tool and asks the gates. An unknown tool, arguments that are none and a block leave by the same door. */
export async function prepare(call: ToolCall, place: ToolPlace): Promise<Prepared> {
  if (call.invalid !== undefined) return reply(call.invalid);
  const names = place.offeredTools();
  if (!names.includes(call.tool)) return reply(unknownTool(call.tool, names));
  const { callId, tool, input, caller } = call;
  const payload: EventPayloads["tool_call"] = { callId, tool, input, caller };
  const decision = await place.host.decide("tool_call", payload, {
    signal: call.signal,
    ...place.askUser(call.signal),
  });
  if (decision.action === "block") return reply(`Blocked by ${decision.extensionId}: ${decision.reason}`);
  return { kind: "run", input: decision.payload["input"] as JsonObject };
}

function reply(text: string): Prepared {
  return { kind: "reply", result: { content: [{ type: "text", text }], isError: true } };
}

function unknownTool(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `There are: ${names.join(", ") || "none"}.`;
  return `There is no tool ${name.slice(0, 100)}. ${hint}`;
}
