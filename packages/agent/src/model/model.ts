import type { LanguageModelV3 } from "@ai-sdk/provider";
import type { JsonObject, JsonSchema, TauError, ThinkingLevel } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { AgentMessage, AssistantMessage, TurnStopReason, ModelUsage } from "../message.ts";
import type { ModelPrice } from "./prices.ts";

export type Fetch = typeof globalThis.fetch;

/** Called around each request to a provider. */
export interface RequestHooks {
  /** The body about to be sent; what it answers is sent instead. A rejection ends the turn with that error, and nothing is sent. */
  onRequest?: (body: JsonObject) => JsonObject | Promise<JsonObject>;
  /** The provider has begun to answer. Header names are in lower case. Must not throw. */
  onResponse?: (response: { status: number; headers: Record<string, string> }) => void;
}

/** A model that can be asked. Nothing has been loaded or sent yet. */
export interface ResolvedModel {
  /** `provider/model`, as it was asked for. */
  reference: string;
  provider: string;
  /** The provider's name of the model: everything behind the first slash. */
  modelId: string;
  /** Loads the provider's library, the first time, and binds it to the hooks. */
  connect: (hooks: RequestHooks) => Promise<LanguageModelV3>;
  /** How many tokens fit into one request and its answer. Absent where it is not known. */
  contextWindowTokens?: number;
  /** Absent where it is not known. */
  price?: ModelPrice;
}

/** A tool as the model sees it. */
export interface ModelTool {
  name: string;
  description: string;
  parameters: JsonSchema;
}

export interface TurnRetry {
  /** Which retry this is: 1 for the first. */
  attempt: number;
  delayMs: number;
  error: TauError;
}

export interface TurnRequest extends RequestHooks {
  model: ResolvedModel;
  system?: string;
  messages: readonly AgentMessage[];
  tools?: readonly ModelTool[];
  /** Absent: as the provider has it. */
  thinking?: ThinkingLevel;
  signal?: AbortSignal;
  maxOutputTokens?: number;
  /** Told before each pause. */
  onRetry?: (retry: TurnRetry) => void;
  /** What the provider's library says it can't do as asked. */
  onWarning?: (text: string) => void;
  /** How often a request is sent again that failed before anything came. @default 4 */
  maxRetries?: number;
  /** Paces the retries. @default the machine's */
  clock?: Clock;
  /** Between 0 and 1. @default Math.random */
  random?: () => number;
}

/** A piece of the model's answer, as it comes. */
export type TurnPart =
  | { type: "text-delta"; text: string }
  | { type: "thinking-delta"; text: string }
  | { type: "tool-call"; callId: string; tool: string; input: JsonObject }
  /** A call whose arguments are no JSON object. It stands in the message with an empty input; answer it with `error`. */
  | { type: "invalid-tool-call"; callId: string; tool: string; raw: string; error: string }
  /** The last part, and always there unless the iteration throws. `message` is the whole answer. */
  | { type: "finish"; stopReason: TurnStopReason; usage: ModelUsage; message: AssistantMessage };

/** One answer of the model. Can be iterated once; the request is sent when that begins. */
export interface Turn extends AsyncIterable<TurnPart> {
  /** What has come so far as a message that can be kept: for turns that were aborted or failed on the way. */
  partial: (stopReason: "aborted" | "error", error?: string) => AssistantMessage;
}
