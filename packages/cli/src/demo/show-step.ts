import { textOf } from "../print-result.ts";
import type { Narrator } from "./narrator.ts";
import type { Step } from "./turn-loop.ts";

/** The agent's work as lines of the tour. */
export function showStep(narrator: Narrator, step: Step): void {
  switch (step.kind) {
    case "request":
      return narrator.line("model calls", `${step.request.tool} ${JSON.stringify(step.request.input)}`);
    case "blocked":
      return narrator.line("blocked", `by ${step.extensionId}: ${step.reason}`);
    case "progress":
      return narrator.line("  progress", step.partial.content.map(textOf).join("\n"));
    case "result":
      return narrator.line(step.isError ? "  failed" : "  result", step.content.map(textOf).join("\n"));
    default:
      return step satisfies never;
  }
}
