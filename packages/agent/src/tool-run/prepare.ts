import { nearest } from "tau-host";
import { type EventPayloads, type JsonObject, TauError } from "tau-protocol";
import { asTauError } from "../as-tau-error.ts";
import type { ToolCall, ToolOutcome, ToolPlace } from "./tool-call.ts";

/** What becomes of a call before it runs: it runs, or it is answered without. */
export type Prepared = { kind: "run"; input: JsonObject } | { kind: "reply"; outcome: ToolOutcome };

/**
 * Finds the tool, checks the arguments, asks the gates, and checks what those made of the arguments. An unknown tool, arguments that do
 * not fit and a block leave by the same door, and nobody is asked about a call that can't run.
 */
export async function prepare(call: ToolCall, place: ToolPlace): Promise<Prepared> {
  const { callId, tool, input, caller, signal } = call;
  try {
    check(call, input, place);
    const payload: EventPayloads["tool_call"] = { callId, tool, input, caller };
    const decision = await place.host.decide("tool_call", payload, { signal, ...place.askUser(signal) });
    if (decision.action === "block") {
      const { extensionId, reason } = decision;
      throw new TauError("denied", `Blocked by ${extensionId}: ${reason}`, { executed: "no", extensionId });
    }
    const final = decision.payload["input"] as JsonObject;
    if (final !== input) check(call, final, place);
    return { kind: "run", input: final };
  } catch (error) {
    return { kind: "reply", outcome: failed(error) };
  }
}

/** @throws TauError `invalid-arguments`, `unknown-tool` */
function check({ tool, invalid, caller }: ToolCall, input: JsonObject, { host, offeredTools }: ToolPlace): void {
  if (invalid !== undefined) throw new TauError("invalid-arguments", invalid, { executed: "no" });
  const names = offeredTools();
  // Extensions may call what the model is not offered.
  if (caller === "model" && !names.includes(tool))
    throw new TauError("unknown-tool", unknownTool(tool, names), { executed: "no" });
  host.checkArguments(tool, input);
}

/** A failure is a result that says so: the model has to see it. */
export function failed(reason: unknown): ToolOutcome {
  const error = asTauError(reason);
  const { message, code, executed } = error;
  return { result: { content: [{ type: "text", text: message }], details: { code, executed }, isError: true }, error };
}

function unknownTool(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `There are: ${names.join(", ") || "none"}.`;
  return `There is no tool ${name.slice(0, 100)}. ${hint}`;
}
