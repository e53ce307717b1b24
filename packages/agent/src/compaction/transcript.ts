import type { Content } from "tau-protocol";
import { type AgentMessage, textOf } from "../message.ts";

/** Of what a tool gave back: the summary needs what was done, not every line of a file. */
const RESULT_LENGTH = 2000;
const INPUT_LENGTH = 1000;

/**
 * A conversation as text, for a model that is to summarise it and not to go on with it. At most so many characters: what is too much is
 * taken out of the middle.
 */
export function transcriptOf(messages: readonly AgentMessage[], maxLength: number): string {
  const blocks = messages.flatMap(blockOf);
  return shorten(blocks.join("\n\n"), maxLength);
}

function blockOf(message: AgentMessage): string[] {
  switch (message.role) {
    case "summary":
      return [`[Summary of what was before]\n${message.text}`];
    case "user":
      return [`[User]\n${contentText(message.content)}`];
    case "extension":
      return message.visibleToModel ? [`[Extension ${message.extensionId}]\n${contentText(message.content)}`] : [];
    case "tool": {
      const lead = message.isError ? `[Tool ${message.tool} failed]` : `[Tool ${message.tool}]`;
      return [`${lead}\n${shorten(contentText(message.content), RESULT_LENGTH)}`];
    }
    case "assistant": {
      const text = textOf(message.content).trim();
      const calls = message.content.flatMap((part) =>
        part.type === "toolCall"
          ? [`[Assistant calls ${part.tool}] ${shorten(JSON.stringify(part.input), INPUT_LENGTH)}`]
          : [],
      );
      return [...(text === "" ? [] : [`[Assistant]\n${text}`]), ...calls];
    }
  }
}

function contentText(content: readonly Content[]): string {
  return content.map((part) => (part.type === "text" ? part.text : `(an image, ${part.mimeType})`)).join("\n");
}

function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const half = Math.floor(maxLength / 2);
  return `${text.slice(0, half)}\n… (${text.length - 2 * half} characters left out) …\n${text.slice(-half)}`;
}
