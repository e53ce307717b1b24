import type { Content, JsonObject, JsonValue, TextContent, ThinkingLevel, TokenUsage } from "tau-protocol";

// Messages are JSON: they go to the session's file and into events. Hence types, not interfaces: only those are assignable to
// JsonObject.

/** What a provider wants back with the same block, such as the signature of a thought. Keyed by the provider's name; opaque here. */
export type ProviderData = JsonObject;

/** A piece of an answer that people read. */
export type AssistantText = TextContent & { provider?: ProviderData };

/** What the model thought before it answered. Goes back to the same model only. */
export type AssistantThinking = { type: "thinking"; text: string; provider?: ProviderData };

/** A tool the model wants to be run. */
export type AssistantToolCall = {
  type: "toolCall";
  /** The model's id of this call, unique within the conversation. */
  callId: string;
  tool: string;
  input: JsonObject;
  provider?: ProviderData;
};

export type AssistantContent = AssistantText | AssistantThinking | AssistantToolCall;

/** How an answer of the model ended. */
export type TurnStopReason = "stop" | "tool-calls" | "length" | "content-filter" | "other";

/** Tokens of one answer. What the provider did not tell is 0 in the first two, and absent in the rest. */
export type ModelUsage = TokenUsage & {
  /** Part of `inputTokens` that was read from the provider's cache. */
  cachedInputTokens?: number;
  /** Part of `inputTokens` that was put into the provider's cache. */
  cacheWriteTokens?: number;
  /** Part of `outputTokens` that nobody but the model saw. */
  thinkingTokens?: number;
  /** US dollars. Absent where the price is not known: it is never guessed. */
  costUsd?: number;
};

export type UserMessage = { role: "user"; content: Content[] };

export type AssistantMessage = {
  role: "assistant";
  content: AssistantContent[];
  /** `aborted` and `error`: `content` is what had come by then. */
  stopReason: TurnStopReason | "aborted" | "error";
  /** `provider/model` */
  model: string;
  usage: ModelUsage;
  /** What went wrong, where `stopReason` is `error`. */
  error?: string;
};

/** What a tool answered. Every tool call has one. */
export type ToolMessage = {
  role: "tool";
  callId: string;
  tool: string;
  content: Content[];
  isError: boolean;
  /** For screens and extensions; never shown to the model. */
  details?: JsonValue;
};

/** What an extension said. */
export type ExtensionMessage = {
  role: "extension";
  extensionId: string;
  kind: string;
  content: Content[];
  visibleToModel: boolean;
  details?: JsonValue;
};

/** What stands for the part of the conversation that was summarised. */
export type SummaryMessage = { role: "summary"; text: string };

export type AgentMessage = UserMessage | AssistantMessage | ToolMessage | ExtensionMessage | SummaryMessage;

/** How much the model thinks before it answers. */
export type { ThinkingLevel };

/** The text of a message or of content, without images, thoughts and calls. */
export function textOf(content: readonly (Content | AssistantContent)[]): string {
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
}
