import type { AgentMessage, AssistantToolCall, ToolMessage } from "../message.ts";

/** What the model is told of a call that was never answered: the agent was killed, or the conversation was forked there. */
const NO_RESULT =
  "This call was interrupted before it gave a result. It may have done all, some or nothing of its work.";

/**
 * The conversation as providers demand it: behind each answer that calls tools comes one result for each call, in the order of the
 * calls, and nothing between. Results without a call are left out.
 */
export function pairCalls(messages: readonly AgentMessage[]): AgentMessage[] {
  const results = new Map<string, { index: number; message: ToolMessage }[]>();
  for (const [index, message] of messages.entries()) {
    if (message.role !== "tool") continue;
    results.set(message.callId, [...(results.get(message.callId) ?? []), { index, message }]);
  }
  /** Some servers count their calls anew in each answer: the first result behind the call is its own. */
  const resultOf = (call: AssistantToolCall, after: number): ToolMessage => {
    const own = results.get(call.callId) ?? [];
    const found = own.findIndex(({ index }) => index > after);
    return found === -1 ? missingResult(call) : (own.splice(found, 1)[0]?.message ?? missingResult(call));
  };
  return messages.flatMap((message, index): AgentMessage[] => {
    if (message.role === "tool") return [];
    if (message.role !== "assistant") return [message];
    const calls = message.content.filter((part) => part.type === "toolCall");
    return [message, ...calls.map((call) => resultOf(call, index))];
  });
}

function missingResult({ callId, tool }: AssistantToolCall): ToolMessage {
  return { role: "tool", callId, tool, content: [{ type: "text", text: NO_RESULT }], isError: true };
}
