// Made from spec/events.json by scripts/generate-events.mjs. Change that file and run `npm run generate`.
import type { JsonObject, JsonValue } from "./json.ts";
import type { Content, ToolResult } from "./tools.ts";

/** What each event says. */
export interface EventPayloads {
  /** A session begins or is opened again. */
  session_start: {
    sessionId: string;
    reason: "new" | "resume" | "fork";
  };
  /** The session ends. */
  session_shutdown: {
    sessionId: string;
    reason: string;
  };
  /** The conversation is about to be summarised to save room. A hook that gives a `summary` has written it itself: the model is not asked. */
  session_before_compact: {
    reason: "asked" | "full";
    usedTokens: number;
    instructions?: string;
    messages: JsonObject[];
    summary?: string;
  };
  /** The conversation was summarised. */
  session_compact: {
    summary: string;
    tokensBefore: number;
    tokensAfter: number;
  };
  /** The user has sent something, before anything is done with it. */
  input: {
    text: string;
    source: "user" | "extension";
  };
  /** The agent is about to work on an input. */
  before_agent_start: {
    prompt: string;
    systemPrompt: string;
  };
  /** The agent starts to work on an input. */
  agent_start: {
    prompt: string;
  };
  /** The agent has finished with an input. */
  agent_end: {
    stopReason: string;
    turns: number;
  };
  /** One call of the model begins. */
  turn_start: {
    turn: number;
  };
  /** One call of the model and the tools it asked for are done. */
  turn_end: {
    turn: number;
    toolCalls: number;
    stopReason: string;
  };
  /** The messages the model is about to be shown. */
  context: {
    messages: JsonObject[];
  };
  /** The request about to go to the model's provider. */
  before_provider_request: {
    model: string;
    body: JsonObject;
  };
  /** The provider has begun to answer. */
  after_provider_response: {
    model: string;
    status: number;
    headers: JsonObject;
  };
  /** A message begins. */
  message_start: {
    messageId: string;
    role: "user" | "assistant" | "tool";
  };
  /** A piece of a message has arrived: the new piece only, never the message so far. */
  message_update: {
    messageId: string;
    delta: Content;
  };
  /** A message is complete. */
  message_end: {
    messageId: string;
    role: string;
    content: Content[];
  };
  /** A tool is about to run. A hook may change its input as well as stop it. */
  tool_call: {
    callId: string;
    tool: string;
    input: JsonObject;
    caller: string;
  };
  /** A tool starts to run, with its final input. */
  tool_execution_start: {
    callId: string;
    tool: string;
    input: JsonObject;
  };
  /** A running tool has sent a partial result. */
  tool_execution_update: {
    callId: string;
    tool: string;
    partial: ToolResult;
  };
  /** A tool has finished or failed. */
  tool_execution_end: {
    callId: string;
    tool: string;
    isError: boolean;
    durationMs: number;
  };
  /** A tool's result, before the model sees it. */
  tool_result: {
    callId: string;
    tool: string;
    input: JsonObject;
    content: Content[];
    details?: JsonValue;
    isError: boolean;
  };
  /** Another model was chosen. */
  model_select: {
    model: string;
    previous?: string;
  };
  /** The user is about to run a shell command of their own. */
  user_bash: {
    command: string;
    cwd: string;
  };
  /** The user is being asked something. */
  ui_prompt_start: {
    promptId: string;
    kind: string;
    title: string;
    extension?: string;
  };
  /** The user has answered, or dismissed the prompt. */
  ui_prompt_end: {
    promptId: string;
    dismissed: boolean;
  };
  /** An extension has started, reloaded, stopped, crashed or been disabled. */
  extension_state: {
    extension: string;
    state: string;
    generation: number;
    reason?: string;
  };
}

/** The fields that a hook may change. */
export interface EventChanges {
  session_before_compact: "summary";
  input: "text";
  before_agent_start: "systemPrompt";
  context: "messages";
  before_provider_request: "body";
  tool_call: "input";
  tool_result: "content" | "details" | "isError";
}

/** Events that hooks decide on, by changing or blocking them. */
export type TransformEvent = "input" | "before_agent_start" | "context" | "before_provider_request" | "tool_result";

/** Events that hooks decide on, by allowing, blocking or asking. */
export type GateEvent = "session_before_compact" | "tool_call" | "user_bash";
