import { TauError } from "tau-protocol";
import { type AgentMessage, type ModelUsage, textOf } from "../message.ts";
import type { TurnRequest } from "../model/model.ts";
import { streamTurn } from "../model/stream-turn.ts";
import { transcriptOf } from "./transcript.ts";

export interface SummaryRequest extends Pick<
  TurnRequest,
  "model" | "signal" | "clock" | "random" | "maxRetries" | "onRequest" | "onResponse" | "onRetry" | "onWarning"
> {
  /** What is to be summarised. */
  messages: readonly AgentMessage[];
  /** What the user wants the summary to hold or to leave out. */
  instructions?: string;
}

export interface Summary {
  text: string;
  usage: ModelUsage;
}

/** Of the window, for the conversation; the rest is for the summary, and for an estimate that is wrong. */
const WINDOW_SHARE = 0.6;
/** As few characters for a token as there may be in text of any language. */
const CHARACTERS_PER_TOKEN = 3;
const UNKNOWN_WINDOW_TOKENS = 128_000;

const SYSTEM =
  "You summarise a conversation between a user and an assistant that works with tools. Your summary takes the conversation's place: " +
  "the assistant goes on from it and sees nothing else of what was before. You never answer or continue the conversation.";

const TASK = `Write the summary with these headings, and leave out those that have nothing:

## Goal
What the user wants, with every condition they set, in their words where they matter.
## Done
What was done and found out, with names of files, functions and commands as they are.
## State
What works, what does not, what was changed and not yet checked.
## Decisions
What was decided, and why; what was tried and rejected.
## Next
What remains to be done, in order.`;

/**
 * Lets the model sum up a conversation.
 * @throws TauError as a turn does; `provider-failed` where no summary came
 */
export async function summarize(request: SummaryRequest): Promise<Summary> {
  const { messages, instructions, ...how } = request;
  const windowTokens = request.model.contextWindowTokens ?? UNKNOWN_WINDOW_TOKENS;
  const transcript = transcriptOf(messages, Math.floor(windowTokens * WINDOW_SHARE * CHARACTERS_PER_TOKEN));
  const wish = instructions?.trim() ? `\n\nThe user asks for this in particular: ${instructions.trim()}` : "";
  const text = `<conversation>\n${transcript}\n</conversation>\n\n${TASK}${wish}`;
  const prompt: AgentMessage = { role: "user", content: [{ type: "text", text }] };
  for await (const part of streamTurn({ ...how, system: SYSTEM, messages: [prompt] })) {
    if (part.type !== "finish") continue;
    const summary = textOf(part.message.content).trim();
    // One that was cut for its length says most of it; anything else is no summary.
    if (summary !== "" && (part.stopReason === "stop" || part.stopReason === "length")) {
      return { text: summary, usage: part.usage };
    }
    throw noSummary(request.model.reference, part.stopReason);
  }
  throw noSummary(request.model.reference, "nothing");
}

function noSummary(reference: string, reason: string): TauError {
  const text = `\`${reference}\` gave no summary (it ended with ${reason}), so the conversation stays as it is. Try again, or start a new session.`;
  return new TauError("provider-failed", text, { retryable: true });
}
