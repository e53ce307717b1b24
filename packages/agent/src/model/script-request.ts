import type { LanguageModelV3CallOptions, LanguageModelV3Prompt } from "@ai-sdk/provider";
import type { ScriptRequest } from "./script.ts";

type Message = LanguageModelV3Prompt[number];
type ToolOutput = Extract<Extract<Message, { role: "tool" }>["content"][number], { type: "tool-result" }>["output"];

/** What the offline model goes by, out of all that a model is asked. */
export function readRequest({ prompt, tools = [] }: LanguageModelV3CallOptions): ScriptRequest {
  const lastUser = prompt.findLastIndex(({ role }) => role === "user");
  const since = prompt.slice(lastUser + 1);
  return {
    prompt: userText(prompt[lastUser]),
    results: since.flatMap(resultsOf),
    answers: since.filter(({ role }) => role === "assistant").length,
    system: prompt.flatMap((message) => (message.role === "system" ? [message.content] : [])).join("\n"),
    tools: tools.map(({ name }) => name),
  };
}

function userText(message: Message | undefined): string {
  if (message?.role !== "user") return "";
  return message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function resultsOf(message: Message): ScriptRequest["results"] {
  if (message.role !== "tool") return [];
  return message.content.flatMap((part) => {
    if (part.type !== "tool-result") return [];
    const isError = part.output.type.startsWith("error");
    return [{ callId: part.toolCallId, tool: part.toolName, text: outputText(part.output), isError }];
  });
}

function outputText(output: ToolOutput): string {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "json":
    case "error-json":
      return JSON.stringify(output.value);
    case "content":
      return output.value.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
    case "execution-denied":
      return output.reason ?? "denied";
  }
}
