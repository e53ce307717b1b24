import { type ContextUsage, type JsonObject, TauError } from "tau-protocol";
import { compactSession } from "./compaction/compact.ts";
import { planCompaction, shouldCompact } from "./compaction/plan.ts";
import type { LoopPlace } from "./loop-place.ts";

/** How full the model's window is. */
export function contextUsage(place: Pick<LoopPlace, "session" | "model">): ContextUsage {
  const usedTokens = place.session().contextTokens();
  const windowTokens = place.model().contextWindowTokens;
  return windowTokens === undefined ? { usedTokens } : { usedTokens, windowTokens };
}

export function isFull(place: Pick<LoopPlace, "session" | "model">): boolean {
  return shouldCompact(contextUsage(place));
}

export interface SummariseOptions {
  reason: "asked" | "full";
  instructions?: string | undefined;
  signal: AbortSignal;
}

/**
 * Puts a summary in the place of all but the end of the conversation, where the gates let it. Whatever fails leaves it as it was.
 * @throws TauError `denied` when an extension blocks it, `invalid-request` when there is nothing to summarise, or the provider's
 */
export async function summarise({ reason, instructions, signal }: SummariseOptions, place: LoopPlace): Promise<void> {
  const { host, hub, tools, clock, random } = place;
  const session = place.session();
  const model = place.model();
  const { usedTokens } = contextUsage(place);
  const wish = instructions === undefined ? {} : { instructions };
  const messages = summarisedMessages(place);
  const decision = await host.decide(
    "session_before_compact",
    { reason, usedTokens, messages, ...wish },
    { signal, ...tools.askUser(signal) },
  );
  if (decision.action === "block") {
    const text = `The summary was blocked by ${decision.extensionId}: ${decision.reason}`;
    throw new TauError("denied", text, { executed: "no" });
  }
  const given = decision.payload["summary"];
  const own = typeof given === "string" ? { summary: given } : {};
  const compacted = await compactSession(session, { model, signal, clock, random, ...wish, ...own });
  if (compacted === undefined) throw nothingToDo();
  const { summary, tokensBefore, tokensAfter } = compacted;
  hub.emit("session_compact", { summary, tokensBefore, tokensAfter });
}

/** What the summary will stand for. @throws TauError `invalid-request` where that is nothing */
function summarisedMessages(place: LoopPlace): JsonObject[] {
  const messages = place.session().messages();
  const plan = planCompaction(messages, place.model().contextWindowTokens);
  if (plan === undefined) throw nothingToDo();
  return messages.slice(0, plan.cut) as unknown as JsonObject[];
}

function nothingToDo(): TauError {
  return new TauError("invalid-request", "There is nothing to summarise yet.", { executed: "no" });
}
