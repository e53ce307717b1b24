import type { JsonObject, JsonValue } from "./json.ts";
import type { RequestMeta } from "./jsonrpc.ts";

/** What becomes of the event when a hook fails: does not answer in time, answers nonsense, throws, crashes. */
export type OnFailure = "closed" | "open";

/** An event an extension wants to decide on. */
export interface HookRegistration {
  event: string;
  /** Transforms run before gates, in ascending priority, then by extension id. @default 0 */
  priority?: number;
  /** An extension may tighten the catalogue's value, never loosen it. @default the catalogue's */
  onFailure?: OnFailure;
  /** Counted without the time the handler waits for the user. @default 30000 */
  timeoutMs?: number;
}

/** `hook/run`, host → extension. The answer is a {@link HookAnswer}. */
export interface RunHookParams {
  event: string;
  payload: JsonObject;
  meta?: RequestMeta;
}

/** The closed set of answers. Anything else is a failure (spec/protocol.md, K-2). */
export type HookAnswer =
  | { action: "continue" }
  /** Fields of `value` replace those of the payload, one level deep. Transforms only. */
  | { action: "modify"; value: JsonObject }
  | { action: "block"; reason: string }
  /** The user decides. Blocks where there is no user. */
  | { action: "ask"; prompt: string };

/** `event/deliver`, host → extension: what happened, in order, never awaited. */
export interface DeliverEventsParams {
  events: EventRecord[];
  /** How many events were dropped before these because the extension fell behind (spec/protocol.md, E-4). @default 0 */
  dropped?: number;
}

export interface EventRecord {
  name: string;
  payload: JsonValue;
}
