import type { Content } from "tau-protocol";
import type { AgentMessage, AssistantContent } from "../message.ts";

/** Rather too many than too few. English has four bytes for a token, code and other languages fewer. */
const BYTES_PER_TOKEN = 3.5;
/** About what the providers count for a large picture. */
const IMAGE_TOKENS = 1600;
/** What surrounds each message. */
const MESSAGE_TOKENS = 8;

/** How many tokens the messages take, roughly. Providers count for themselves; this is for what they have not seen yet. */
export function estimateTokens(messages: readonly AgentMessage[]): number {
  return messages.reduce((total, message) => total + estimateMessage(message), 0);
}

export function estimateText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

function estimateMessage(message: AgentMessage): number {
  if (message.role === "extension" && !message.visibleToModel) return 0;
  if (message.role === "summary") return MESSAGE_TOKENS + estimateText(message.text);
  const content: readonly (Content | AssistantContent)[] = message.content;
  return content.reduce((total, part) => total + estimatePart(part), MESSAGE_TOKENS);
}

function estimatePart(part: Content | AssistantContent): number {
  switch (part.type) {
    case "text":
    case "thinking":
      return estimateText(part.text);
    case "image":
      return IMAGE_TOKENS;
    case "toolCall":
      return MESSAGE_TOKENS + estimateText(part.tool + JSON.stringify(part.input));
  }
}
