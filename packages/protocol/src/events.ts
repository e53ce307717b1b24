import type { OnFailure } from "./hooks.ts";

/**
 * - `observe`: told, never awaited.
 * - `transform`: may change fields of the payload, and block.
 * - `gate`: may block or ask, after all transforms.
 */
export type EventKind = "observe" | "transform" | "gate";

export interface EventSpecification {
  kind: EventKind;
  /** What a failing hook does to the event. Observers can't fail. */
  onFailure: OnFailure;
  /** The payload's fields that a hook may replace. Absent: it may change nothing. */
  changes?: readonly string[];
}

const observe: EventSpecification = { kind: "observe", onFailure: "open" };
const gate: EventSpecification = { kind: "gate", onFailure: "closed" };

function transform(...changes: string[]): EventSpecification {
  return { kind: "transform", onFailure: "open", changes };
}

/** Every event of version 1. Held against spec/events.json by a test. */
export const EVENTS = {
  session_start: observe,
  session_shutdown: observe,
  /** A hook that gives a `summary` has written it itself: the model is not asked. */
  session_before_compact: { ...gate, changes: ["summary"] },
  session_compact: observe,
  input: transform("text"),
  before_agent_start: transform("systemPrompt"),
  agent_start: observe,
  agent_end: observe,
  turn_start: observe,
  turn_end: observe,
  context: transform("messages"),
  before_provider_request: transform("body"),
  after_provider_response: observe,
  message_start: observe,
  message_update: observe,
  message_end: observe,
  /** Both: a hook may change `input` and may block. It fails closed. */
  tool_call: { ...gate, changes: ["input"] },
  tool_execution_start: observe,
  tool_execution_update: observe,
  tool_execution_end: observe,
  tool_result: transform("content", "details", "isError"),
  model_select: observe,
  user_bash: gate,
  ui_prompt_start: observe,
  ui_prompt_end: observe,
  extension_state: observe,
} as const satisfies Record<string, EventSpecification>;

export type EventName = keyof typeof EVENTS;

/** Channels of the bus between extensions are events of this form, observed only. */
export type BusEventName = `bus:${string}`;

export function isEventName(name: string): name is EventName {
  return Object.hasOwn(EVENTS, name);
}
