import type { ModelMessage, SystemModelMessage } from "ai";
import type { JsonObject, ThinkingLevel } from "tau-protocol";
import type { TurnRequest } from "./model.ts";

type ProviderOptions = Record<string, JsonObject>;

export interface RequestOptions {
  system?: string | SystemModelMessage;
  messages: ModelMessage[];
  providerOptions?: ProviderOptions;
}

/** How much each level may think, in tokens, where a provider wants a number. */
const THINKING_TOKENS = { low: 2048, medium: 8192, high: 24_576 } as const;

/** What a provider has to be told beyond the messages: how much to think, what to cache, and to keep nothing. */
export function requestOptions(request: TurnRequest, messages: ModelMessage[]): RequestOptions {
  const { model, system, thinking } = request;
  const plain: RequestOptions = { messages, ...(system === undefined || system === "" ? {} : { system }) };
  switch (model.provider) {
    case "anthropic":
      return withCacheMarks(plain, thinking === undefined ? {} : anthropicThinking(model.modelId, thinking));
    case "openai":
      return { ...plain, providerOptions: { openai: openaiOptions(thinking) } };
    case "google":
      return thinking === undefined
        ? plain
        : { ...plain, providerOptions: { google: { thinkingConfig: googleThinking(model.modelId, thinking) } } };
    case "openrouter":
      return thinking === undefined
        ? plain
        : { ...plain, providerOptions: { openrouter: { reasoning: openrouterThinking(thinking) } } };
    default:
      // Servers differ in what they do with a level they don't know; one that was not asked for is not sent.
      return thinking === undefined || thinking === "off"
        ? plain
        : { ...plain, providerOptions: { [model.provider]: { reasoningEffort: thinking } } };
  }
}

/**
 * Marks the end of the system prompt and of the conversation: the provider keeps what is before a mark, and the next request of
 * the same conversation reads it from there. Source: https://docs.claude.com/en/docs/build-with-claude/prompt-caching
 */
function withCacheMarks({ system, messages }: RequestOptions, anthropic: JsonObject): RequestOptions {
  const mark = { anthropic: { cacheControl: { type: "ephemeral" } } };
  const last = messages.at(-1);
  return {
    ...(typeof system === "string" ? { system: { role: "system", content: system, providerOptions: mark } } : {}),
    messages: last === undefined ? [] : [...messages.slice(0, -1), { ...last, providerOptions: mark }],
    ...(Object.keys(anthropic).length === 0 ? {} : { providerOptions: { anthropic } }),
  };
}

/** From 4.6 on the model decides for itself how much to think, within an effort. */
function anthropicThinking(modelId: string, level: ThinkingLevel): JsonObject {
  if (level === "off") return { thinking: { type: "disabled" } };
  if (thinksByBudget(modelId)) return { thinking: { type: "enabled", budgetTokens: THINKING_TOKENS[level] } };
  return { thinking: { type: "adaptive", display: "summarized" }, effort: level };
}

function thinksByBudget(modelId: string): boolean {
  return /claude-3|claude-(opus|sonnet|haiku)-4(-[0-5](?!\d)|-\d{8}|$)/.test(modelId);
}

/** `store: false`: OpenAI keeps nothing, and thoughts travel with the conversation, encrypted. */
function openaiOptions(thinking: ThinkingLevel | undefined): JsonObject {
  if (thinking === undefined || thinking === "off") return { store: false };
  return { store: false, reasoningEffort: thinking, reasoningSummary: "auto" };
}

/** Gemini 3 takes levels, earlier ones a number of tokens. Source: https://ai.google.dev/gemini-api/docs/thinking */
function googleThinking(modelId: string, level: ThinkingLevel): JsonObject {
  const byBudget = /gemini-2/.test(modelId);
  if (level === "off") return byBudget ? { thinkingBudget: 0 } : { thinkingLevel: "minimal" };
  const amount = byBudget ? { thinkingBudget: THINKING_TOKENS[level] } : { thinkingLevel: level };
  return { ...amount, includeThoughts: true };
}

/** Source: https://openrouter.ai/docs/use-cases/reasoning-tokens */
function openrouterThinking(level: ThinkingLevel): JsonObject {
  return level === "off" ? { enabled: false } : { effort: level };
}
