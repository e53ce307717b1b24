import type { AgentEvent, AgentMessage } from "tau-agent";
import { textOf } from "../print-result.ts";
import type { Narrator } from "./narrator.ts";

/** The agent's work as lines of the tour. */
export function showStep(narrator: Narrator, event: AgentEvent): void {
  if (event.name === "message_added") showMessage(narrator, event.payload.message);
  if (event.name === "tool_execution_update") {
    narrator.line("  progress", event.payload.partial.content.map(textOf).join("\n"));
  }
}

function showMessage(narrator: Narrator, message: AgentMessage): void {
  if (message.role === "assistant") {
    for (const part of message.content) {
      if (part.type === "toolCall") narrator.line("model calls", `${part.tool} ${JSON.stringify(part.input)}`);
    }
  }
  if (message.role !== "tool") return;
  const text = message.content.map(textOf).join("\n");
  const [, blocked] = /^Blocked (by .*)$/s.exec(text) ?? [];
  if (blocked !== undefined) narrator.line("blocked", blocked);
  else narrator.line(message.isError ? "  failed" : "  result", text);
}
