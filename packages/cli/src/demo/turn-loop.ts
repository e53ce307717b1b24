import type { Host } from "tau-host";
import type { Content, EventName, JsonObject, ToolResult } from "tau-protocol";

/** A tool that the model wants to be run. */
export interface ToolRequest {
  callId: string;
  tool: string;
  input: JsonObject;
}

export type Message =
  | { role: "user"; content: Content[] }
  | { role: "assistant"; content: Content[]; toolRequests: ToolRequest[] }
  | { role: "tool"; content: Content[]; request: ToolRequest; isError: boolean };

export type ModelAnswer = Extract<Message, { role: "assistant" }>;

/** Answers the conversation so far. An answer without tool requests is the last. */
export type Model = (messages: readonly Message[]) => ModelAnswer | Promise<ModelAnswer>;

/** What a screen shows while the agent works. */
export type Step =
  | { kind: "request"; request: ToolRequest }
  | { kind: "blocked"; extensionId: string; reason: string }
  | { kind: "progress"; partial: ToolResult }
  | { kind: "result"; content: Content[]; isError: boolean };

export interface Agent {
  host: Host;
  model: Model;
  show: (step: Step) => void;
  signal: AbortSignal;
}

/** One prompt to its answer: the smallest agent that gives extensions all they are promised. */
export async function runPrompt(agent: Agent, prompt: string): Promise<Message[]> {
  const { host, model, signal } = agent;
  const messages: Message[] = [];
  const add = (message: Message): void => addMessage(host, messages, message);

  const allowed = await host.decide("before_agent_start", { prompt, systemPrompt: "" }, { signal });
  if (allowed.action === "block")
    throw new Error(`${allowed.extensionId} did not let the agent start: ${allowed.reason}`);
  host.emit("agent_start", { prompt });
  add({ role: "user", content: [{ type: "text", text: prompt }] });
  for (let turn = 1; ; turn++) {
    signal.throwIfAborted();
    host.emit("turn_start", { turn });
    const answer = await model(messages);
    add(answer);
    for (const request of answer.toolRequests) add(await runTool(agent, request));
    const toolCalls = answer.toolRequests.length;
    const stopReason = toolCalls === 0 ? "done" : "tool_calls";
    host.emit("turn_end", { turn, toolCalls, stopReason });
    if (toolCalls > 0) continue;
    host.emit("agent_end", { stopReason, turns: turn });
    return messages;
  }
}

/** Whatever happens to the call, the model is told. */
async function runTool(agent: Agent, request: ToolRequest): Promise<Message> {
  const { host, show, signal } = agent;
  show({ kind: "request", request });
  const decision = await host.decide("tool_call", { ...request, caller: "model" }, { signal });
  if (decision.action === "block") {
    const { extensionId, reason } = decision;
    show({ kind: "blocked", extensionId, reason });
    return toolMessage(request, failure(`Blocked by ${extensionId}: ${reason}`));
  }
  const allowed = { ...request, input: decision.payload["input"] as JsonObject };
  const result = await execute(agent, allowed);
  const final = await host.decide("tool_result", asJson({ ...allowed, isError: false, ...result }), { signal });
  const message = toolMessage(request, final.action === "block" ? failure(final.reason) : asResult(final.payload));
  show({ kind: "result", content: message.content, isError: message.isError });
  return message;
}

async function execute({ host, show, signal }: Agent, { callId, tool, input }: ToolRequest): Promise<ToolResult> {
  host.emit("tool_execution_start", { callId, tool, input });
  const started = performance.now();
  const onProgress = (partial: ToolResult): void => {
    host.emit("tool_execution_update", asJson({ callId, tool, partial }));
    show({ kind: "progress", partial });
  };
  const result = await host
    .call(tool, input, { callId, signal, onProgress })
    .catch((error: unknown) => failure(error instanceof Error ? error.message : String(error)));
  const durationMs = Math.round(performance.now() - started);
  host.emit("tool_execution_end", { callId, tool, isError: result.isError === true, durationMs });
  return result;
}

function addMessage(host: Host, messages: Message[], message: Message): void {
  const messageId = `m${messages.push(message)}`;
  const { role, content } = message;
  tell(host, "message_start", { messageId, role });
  tell(host, "message_end", { messageId, role, content });
}

function tell(host: Host, event: EventName, payload: object): void {
  host.emit(event, asJson(payload));
}

function toolMessage(
  request: ToolRequest,
  { content, isError = false }: ToolResult,
): Extract<Message, { role: "tool" }> {
  return { role: "tool", request, content, isError };
}

function failure(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}

/** Interfaces have no index signature, so TypeScript does not see that these values are JSON. */
function asJson(value: object): JsonObject {
  return value as JsonObject;
}

function asResult(payload: JsonObject): ToolResult {
  return payload as unknown as ToolResult;
}
