import { TauError } from "tau-protocol";
import { execute } from "./execute.ts";
import { finalize } from "./finalize.ts";
import { failed, prepare } from "./prepare.ts";
import type { ToolCall, ToolOutcome, ToolPlace } from "./tool-call.ts";

/** One call from the wish to the result: prepare, execute, finalize. Never rejects; what went wrong is in the outcome. */
export async function runTool(call: ToolCall, place: ToolPlace): Promise<ToolOutcome> {
  const prepared = await prepare(call, place);
  // After an abort a block says nothing: its gate was not asked to the end.
  if (call.signal.aborted) return abortedOutcome("before it ran");
  if (prepared.kind === "reply") return prepared.outcome;
  const { input } = prepared;
  const outcome = await execute(call, input, place);
  if (call.signal.aborted) return abortedOutcome("while it ran");
  const result = await finalize(call, { input, result: outcome.result }, place);
  // What a hook wanted to take out of it may still be in there.
  return call.signal.aborted ? abortedOutcome("after it had run") : { ...outcome, result };
}

/** Every call has a result, also one that was given up: without it the conversation could not go on. */
export function abortedOutcome(when: keyof typeof EXECUTED): ToolOutcome {
  return failed(new TauError("cancelled", `Aborted by the user ${when}.`, { executed: EXECUTED[when] }));
}

const EXECUTED = { "before it ran": "no", "while it ran": "maybe", "after it had run": "yes" } as const;
