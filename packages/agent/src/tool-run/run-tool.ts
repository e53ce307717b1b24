import { TauError } from "tau-protocol";
import { execute } from "./execute.ts";
import { finalize } from "./finalize.ts";
import { failed, prepare } from "./prepare.ts";
import type { ToolCall, ToolOutcome, ToolPlace } from "./tool-call.ts";

/** One call from the wish to the result: prepare, execute, finalize. Never rejects; what went wrong is in the outcome. */
export async function runTool(call: ToolCall, place: ToolPlace): Promise<ToolOutcome> {
  const prepared = await prepare(call, place);
  // After an abort a block says nothing: its gate was not asked to the end.
  if (call.signal.aborted) return abortedOutcome();
  if (prepared.kind === "reply") return prepared.outcome;
  const { input } = prepared;
  const outcome = await execute(call, input, place);
  if (call.signal.aborted) return abortedOutcome();
  return { ...outcome, result: await finalize(call, { input, result: outcome.result }, place) };
}

/** Every call has a result, also one that was given up: without it the conversation could not go on. */
export function abortedOutcome(): ToolOutcome {
  return failed(new TauError("cancelled", "Aborted by the user."));
}
