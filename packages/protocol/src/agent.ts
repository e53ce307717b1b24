import type { JsonObject, JsonValue } from "./json.ts";
import type { RequestMeta } from "./jsonrpc.ts";
import type { Content } from "./tools.ts";

/** `model/generate`, extension → host: the agent's model, counted against the extension's budget. */
export interface GenerateParams {
  system?: string;
  messages: { role: "user" | "assistant"; content: Content[] }[];
  /** `provider/model`. @default the agent's */
  model?: string;
  maxOutputTokens?: number;
  meta?: RequestMeta;
}

export interface GenerateResult {
  content: Content[];
  stopReason: string;
  usage: TokenUsage;
}

export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

/** `message/send`: content that extensions and screens see, and the model too unless `display` says otherwise. */
export interface SendMessageParams {
  kind: string;
  content: Content[];
  details?: JsonValue;
  /** Whether the model sees it. @default true */
  visibleToModel?: boolean;
  deliver?: DeliverAt;
}

/** `message/sendUser`: as if the user had typed it. */
export interface SendUserMessageParams {
  content: Content[];
  deliver?: DeliverAt;
}

/** While the agent runs: before its next step, or after it has finished. @default "followUp" */
export type DeliverAt = "steer" | "followUp";

/** `session/append`: an entry that the session file keeps for the extension. */
export interface AppendEntryParams {
  kind: string;
  data: JsonValue;
}

/** `session/entries` and `session/branch`: everything, or what leads to the present. */
export interface ReadEntriesParams {
  /** Only entries after this id. */
  after?: string;
  /** @default 1000 */
  limit?: number;
}

export interface ReadEntriesResult {
  entries: JsonObject[];
  more: boolean;
}

/** `session/getName`, `session/setName`. */
export interface SessionName {
  name?: string;
}

/** `agent/getActiveTools`, `agent/setActiveTools`: which tools the model is offered. */
export interface ActiveTools {
  tools: string[];
}

/** `agent/getModel`, `agent/setModel`. */
export interface ModelChoice {
  /** `provider/model` */
  model: string;
  thinking?: ThinkingLevel;
}

export type ThinkingLevel = "off" | "low" | "medium" | "high";

/** `agent/getContextUsage`. */
export interface ContextUsage {
  usedTokens: number;
  windowTokens?: number;
}

/** `agent/compact`. The answer comes when it is done. */
export interface CompactParams {
  instructions?: string;
  meta?: RequestMeta;
}

/** `agent/reload`: one extension, or the asking one. */
export interface ReloadParams {
  extension?: string;
}

/** `bus/emit`, extension → host: handed to the extensions that subscribed to the event `bus:<channel>`. */
export interface EmitParams {
  channel: string;
  data: JsonValue;
}

/** The answer to requests that have nothing to say. */
export type Empty = Record<string, never>;
