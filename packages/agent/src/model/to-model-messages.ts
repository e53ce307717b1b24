import type { ModelMessage } from "ai";
import type { Content } from "tau-protocol";
import { type AgentMessage, type AssistantMessage, textOf, type ToolMessage } from "../message.ts";
import { pairCalls } from "./pair-calls.ts";

type Options<Part> = Part extends { providerOptions?: infer Known } ? NonNullable<Known> : never;
type ProviderOptions = Options<ModelMessage>;
type UserPart = Exclude<Extract<ModelMessage, { role: "user" }>["content"], string>[number];
type AssistantPart = Exclude<Extract<ModelMessage, { role: "assistant" }>["content"], string>[number];
type ToolPart = Extract<Extract<ModelMessage, { role: "tool" }>["content"][number], { type: "tool-result" }>;

/** Providers refuse messages without text. */
const EMPTY = "(empty)";
const NO_OUTPUT = "(no output)";

/** The conversation in the words of the AI SDK, valid for every provider whatever happened in it. */
export function toModelMessages(messages: readonly AgentMessage[], reference: string): ModelMessage[] {
  const converted: ModelMessage[] = [];
  for (const message of pairCalls(messages)) {
    const next = convert(message, reference);
    const last = converted.at(-1);
    // The results of one answer's calls are one message.
    if (next?.role === "tool" && last?.role === "tool") last.content.push(...next.content);
    else if (next !== undefined) converted.push(next);
  }
  return converted;
}

function convert(message: AgentMessage, reference: string): ModelMessage | undefined {
  switch (message.role) {
    case "user":
      return { role: "user", content: userParts(message.content) };
    case "extension":
      return message.visibleToModel ? { role: "user", content: userParts(message.content) } : undefined;
    case "summary":
      return { role: "user", content: [{ type: "text", text: summaryText(message.text) }] };
    case "assistant": {
      const content = assistantParts(message, reference);
      // An answer that was broken off before it said anything.
      return content.length === 0 ? undefined : { role: "assistant", content };
    }
    case "tool":
      return { role: "tool", content: [toolPart(message)] };
  }
}

function userParts(content: readonly Content[]): UserPart[] {
  const parts = content.flatMap((part): UserPart[] => {
    if (part.type === "image") return [{ type: "image", image: part.data, mediaType: part.mimeType }];
    return isBlank(part.text) ? [] : [{ type: "text", text: part.text }];
  });
  return parts.length === 0 ? [{ type: "text", text: EMPTY }] : parts;
}

/** Thoughts and providers' data go back to the model they came from: they mean nothing to another one, which may refuse them. */
function assistantParts(message: AssistantMessage, reference: string): AssistantPart[] {
  const isOwn = message.model === reference;
  return message.content.flatMap((part): AssistantPart[] => {
    const own = isOwn && part.provider !== undefined ? { providerOptions: part.provider as ProviderOptions } : {};
    switch (part.type) {
      case "text":
        return isBlank(part.text) ? [] : [{ type: "text", text: part.text, ...own }];
      case "thinking":
        return isOwn ? [{ type: "reasoning", text: part.text, ...own }] : [];
      case "toolCall":
        return [{ type: "tool-call", toolCallId: part.callId, toolName: part.tool, input: part.input, ...own }];
    }
  });
}

function toolPart({ callId, tool, content, isError }: ToolMessage): ToolPart {
  return { type: "tool-result", toolCallId: callId, toolName: tool, output: toolOutput(content, isError) };
}

function toolOutput(content: readonly Content[], isError: boolean): ToolPart["output"] {
  const text = textOf(content);
  const images = content.filter((part) => part.type === "image");
  if (images.length === 0) return { type: isError ? "error-text" : "text", value: isBlank(text) ? NO_OUTPUT : text };
  const shown = content.filter((part) => part.type === "image" || !isBlank(part.text));
  return {
    type: "content",
    value: shown.map((part) =>
      part.type === "text" ? part : { type: "image-data", data: part.data, mediaType: part.mimeType },
    ),
  };
}

function summaryText(text: string): string {
  return `The conversation so far was summarised to save room. The summary:\n\n<summary>\n${text}\n</summary>`;
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}
