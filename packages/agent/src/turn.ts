import { randomUUID } from "node:crypto";
import { type JsonObject, TauError, type ToolResult } from "tau-protocol";
import { asTauError } from "./as-tau-error.ts";
import { DeltaBuffer } from "./delta-buffer.ts";
import type { LoopPlace } from "./loop-place.ts";
import type { AgentMessage, AssistantMessage, AssistantToolCall } from "./message.ts";
import { textOf } from "./message.ts";
import type { Turn } from "./model/model.ts";
import { streamTurn } from "./model/stream-turn.ts";
import { abortedOutcome, runTool } from "./tool-run/run-tool.ts";
import type { ToolOutcome } from "./tool-run/tool-call.ts";

/** What the model is asked in one turn. */
export interface TurnContext {
  turn: number;
  systemPrompt: string;
  signal: AbortSignal;
}

/** What came of it. */
export interface TurnOutcome {
  message: AssistantMessage;
  toolCalls: number;
  /** Why there is no whole answer. */
  error?: TauError;
}

/** One call of the model and the tools it asks for. Never rejects: an abort and a failure leave a conversation that can go on. */
export async function runTurn(context: TurnContext, place: LoopPlace): Promise<TurnOutcome> {
  const { turn, signal } = context;
  place.hub.emit("turn_start", { turn });
  const { message, invalid, error } = await askModel(context, place);
  await place.append(message);
  const calls = message.content.filter((part) => part.type === "toolCall");
  // In the order in which the model asked, whichever is done first.
  const answers = await Promise.all(
    calls.map(async (call) => ({ call, ...(await answerCall(call, { invalid, signal }, place)) })),
  );
  for (const { call, result } of answers) await appendResult(call, result, place);
  place.hub.emit("turn_end", {
    turn,
    toolCalls: calls.length,
    stopReason: signal.aborted ? "aborted" : message.stopReason,
  });
  return { message, toolCalls: calls.length, ...(error === undefined ? {} : { error }) };
}

interface Answer {
  message: AssistantMessage;
  /** Calls whose arguments could not be read, by their ids, with the reason. */
  invalid: ReadonlyMap<string, string>;
  error?: TauError;
}

async function askModel(context: TurnContext, place: LoopPlace): Promise<Answer> {
  const { hub, clock } = place;
  const messageId = randomUUID();
  const buffer = new DeltaBuffer(clock, (text) =>
    hub.deliver("message_update", { messageId, delta: { type: "text", text } }),
  );
  const invalid = new Map<string, string>();
  let turn: Turn | undefined;
  let message: AssistantMessage | undefined;
  let isBegun = false;
  const begin = (): void => {
    if (!isBegun) hub.emit("message_start", { messageId, role: "assistant" });
    isBegun = true;
  };
  let error: TauError | undefined;
  try {
    turn = streamTurn(await requestOf(context, place));
    for await (const part of turn) {
      begin();
      if (part.type === "text-delta") {
        buffer.add(part.text);
        hub.tell({ name: "message_update", payload: { messageId, delta: { type: "text", text: part.text } } });
      } else if (part.type === "thinking-delta")
        hub.tell({ name: "thinking_update", payload: { messageId, text: part.text } });
      else if (part.type === "invalid-tool-call") invalid.set(part.callId, part.error);
      else if (part.type === "finish") ({ message } = part);
    }
  } catch (failure) {
    error = asTauError(failure);
  }
  begin();
  buffer.flush();
  message ??= unfinished(turn, { place, error, isAborted: context.signal.aborted });
  const content = [{ type: "text" as const, text: textOf(message.content) }];
  hub.emit("message_end", { messageId, role: "assistant", content });
  return error === undefined || context.signal.aborted ? { message, invalid } : { message, invalid, error };
}

/** What had come by then. */
function unfinished(
  turn: Turn | undefined,
  { place, error, isAborted }: { place: LoopPlace; error: TauError | undefined; isAborted: boolean },
): AssistantMessage {
  const stopReason = isAborted ? "aborted" : "error";
  const text = isAborted ? undefined : error?.message;
  if (turn !== undefined) return turn.partial(stopReason, text);
  const usage = { inputTokens: 0, outputTokens: 0 };
  return {
    role: "assistant",
    content: [],
    model: place.model().reference,
    stopReason,
    usage,
    ...(text === undefined ? {} : { error: text }),
  };
}

async function requestOf(
  { systemPrompt, signal }: TurnContext,
  place: LoopPlace,
): Promise<Parameters<typeof streamTurn>[0]> {
  const { host, hub } = place;
  const model = place.model();
  const thinking = place.thinking();
  return {
    model,
    system: systemPrompt,
    messages: await shownMessages(place, signal),
    tools: place.offeredTools(),
    ...(thinking === undefined ? {} : { thinking }),
    signal,
    clock: place.clock,
    random: place.random,
    onRequest: async (body) => {
      const decision = await host.decide("before_provider_request", { model: model.reference, body }, { signal });
      if (decision.action === "continue") return decision.payload["body"] as JsonObject;
      throw new TauError("denied", `The request was blocked by ${decision.extensionId}: ${decision.reason}`, {
        executed: "no",
      });
    },
    onResponse: ({ status, headers }) =>
      hub.emit("after_provider_response", { model: model.reference, status, headers }),
    onRetry: ({ attempt, delayMs, error }) =>
      hub.tell({ name: "retry", payload: { attempt, delayMs, error: error.message } }),
    onWarning: (message) => hub.tell({ name: "problem", payload: { message } }),
  };
}

/** Extensions may show the model other messages than the session keeps. */
async function shownMessages({ host, session }: LoopPlace, signal: AbortSignal): Promise<readonly AgentMessage[]> {
  const messages = session().messages();
  const decision = await host.decide("context", { messages: messages as unknown as JsonObject[] }, { signal });
  if (decision.action === "block") {
    throw new TauError("denied", `The request was blocked by ${decision.extensionId}: ${decision.reason}`, {
      executed: "no",
    });
  }
  const changed = decision.payload["messages"];
  return Array.isArray(changed) ? (changed as unknown as AgentMessage[]) : messages;
}

function answerCall(
  { callId, tool, input }: AssistantToolCall,
  { invalid, signal }: { invalid: ReadonlyMap<string, string>; signal: AbortSignal },
  place: LoopPlace,
): Promise<ToolOutcome> {
  if (signal.aborted) return Promise.resolve(abortedOutcome("before it ran"));
  return runTool({ callId, tool, input, invalid: invalid.get(callId), caller: "model", signal }, place.tools);
}

async function appendResult({ callId, tool }: AssistantToolCall, result: ToolResult, place: LoopPlace): Promise<void> {
  const { content, details, isError = false } = result;
  await place.say({ role: "tool", callId, tool, content, isError, ...(details === undefined ? {} : { details }) });
}
