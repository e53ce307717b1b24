import type { AgentMessage } from "../message.ts";
import { estimateTokens } from "./tokens.ts";

/** Room for the next answer and what tools give back. A quarter of the window where the window is small. */
const RESERVE_TOKENS = 16_384;
/** How much of the end of the conversation stays as it is. A quarter of the window or of the conversation, if that is less. */
const KEEP_TOKENS = 20_000;

/** Whether the conversation is about to grow out of the model's window. Never where the window is not known. */
export function shouldCompact({ usedTokens, windowTokens }: { usedTokens: number; windowTokens?: number }): boolean {
  if (windowTokens === undefined) return false;
  return usedTokens > windowTokens - Math.min(RESERVE_TOKENS, windowTokens / 4);
}

export interface CompactionPlan {
  /** So many messages from the beginning are summarised; the rest is kept. */
  cut: number;
}

/**
 * Where to cut: as late as what is to be kept allows, never between a tool call and its result. `undefined`: there is nothing to
 * summarise.
 */
export function planCompaction(messages: readonly AgentMessage[], windowTokens?: number): CompactionPlan | undefined {
  const keep = Math.min(KEEP_TOKENS, (windowTokens ?? Infinity) / 4, estimateTokens(messages) / 4);
  const question = openQuestion(messages);
  const cuts = possibleCuts(messages).filter((place) => place <= question);
  const wanted = startOfTail(messages, keep);
  // Rather a little less than wanted is kept than more: more may not fit.
  const cut = cuts.find((place) => place >= wanted) ?? cuts.at(-1);
  if (cut === undefined) return undefined;
  const isSummarised = messages.slice(0, cut).every(({ role }) => role === "summary");
  return isSummarised ? undefined : { cut };
}

/** What the user asked and nobody has answered stays as it is: a summary of a question is no question. The end, where there is none. */
function openQuestion(messages: readonly AgentMessage[]): number {
  const last = messages.findLastIndex(({ role }) => role === "user");
  const isAnswered = messages
    .slice(last + 1)
    .some((message) => message.role === "tool" || (message.role === "assistant" && message.content.length > 0));
  return last === -1 || isAnswered ? messages.length : last;
}

/** The first message of the longest end that has no more tokens than these. */
function startOfTail(messages: readonly AgentMessage[], tokens: number): number {
  let left = tokens;
  for (let index = messages.length - 1; index >= 0; index--) {
    left -= estimateTokens(messages.slice(index, index + 1));
    if (left < 0) return index + 1;
  }
  return 0;
}

/** Places with no call before them whose result is behind them. The end is one where nothing waits for a result. */
function possibleCuts(messages: readonly AgentMessage[]): number[] {
  const open = new Set<string>();
  const cuts: number[] = [];
  for (const [index, message] of messages.entries()) {
    if (open.size === 0 && index > 0) cuts.push(index);
    if (message.role === "assistant") {
      for (const part of message.content) if (part.type === "toolCall") open.add(part.callId);
    }
    if (message.role === "tool") open.delete(message.callId);
  }
  if (open.size === 0 && messages.length > 0) cuts.push(messages.length);
  return cuts;
}
