import type { ThinkingLevel } from "tau-protocol";
import { estimateTokens } from "../compaction/tokens.ts";
import type { AgentMessage } from "../message.ts";
import type { Entry } from "./entry.ts";

/** A message that the model is shown, and the entry it comes from. A summary has the compaction's. */
export interface ContextItem {
  entryId: string;
  message: AgentMessage;
}

/** What was chosen last on a branch. */
export interface SessionSettings {
  model?: string;
  thinking?: ThinkingLevel;
  tools?: string[];
}

/** What the model is shown of a branch: everything, or the last summary and what was kept. */
export function contextOf(branch: readonly Entry[]): ContextItem[] {
  const compactedAt = branch.findLastIndex(({ type }) => type === "compaction");
  const compaction = branch[compactedAt];
  if (compaction?.type !== "compaction") return messagesIn(branch);
  const kept = branch.findIndex(({ id }) => id === compaction.firstKept);
  const from = kept === -1 || kept > compactedAt ? compactedAt + 1 : kept;
  const summary: ContextItem = { entryId: compaction.id, message: { role: "summary", text: compaction.summary } };
  return [summary, ...messagesIn(branch.slice(from))];
}

/**
 * How many tokens the next request will take: what the provider counted last, and an estimate of what came since. A count from before
 * a compaction says nothing any more.
 */
export function contextTokensOf(branch: readonly Entry[]): number {
  const compactedAt = branch.findLastIndex(({ type }) => type === "compaction");
  const countedAt = branch.findLastIndex(
    (entry, index) => index > compactedAt && entry.type === "message" && countOf(entry.message) > 0,
  );
  const counted = branch[countedAt];
  if (counted?.type !== "message") return estimateTokens(contextOf(branch).map(({ message }) => message));
  const since = messagesIn(branch.slice(countedAt + 1)).map(({ message }) => message);
  return countOf(counted.message) + estimateTokens(since);
}

export function settingsOf(branch: readonly Entry[]): SessionSettings {
  const settings: SessionSettings = {};
  for (const entry of branch) {
    if (entry.type === "model") settings.model = entry.model;
    if (entry.type === "thinking") settings.thinking = entry.level;
    if (entry.type === "tools") settings.tools = entry.tools;
  }
  return settings;
}

function messagesIn(entries: readonly Entry[]): ContextItem[] {
  return entries.flatMap((entry) => (entry.type === "message" ? [{ entryId: entry.id, message: entry.message }] : []));
}

function countOf(message: AgentMessage): number {
  return message.role === "assistant" ? message.usage.inputTokens + message.usage.outputTokens : 0;
}
