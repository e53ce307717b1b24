import type { JsonObject } from "tau-protocol";
import { textOf } from "../print-result.ts";
import type { Message, Model, ModelAnswer } from "./turn-loop.ts";

/** What the script does next, given the text of the last tool's result. */
export type ScriptStep = (lastResult: string) => { say: string } | { tool: string; input: JsonObject };

/** A model that follows a script instead of thinking: one step for each turn. It reads the tools' results as a model would. */
export function scriptedModel(steps: readonly ScriptStep[]): Model {
  return (messages) => {
    const turn = messages.filter(({ role }) => role === "assistant").length;
    const step = steps[turn]?.(textOfLast(messages));
    if (step === undefined) throw new Error(`The script has no turn ${turn + 1}.`);
    return "say" in step
      ? answer(step.say)
      : { ...answer(""), toolRequests: [{ callId: `call-${turn + 1}`, ...step }] };
  };
}

/** The text of the newest message. */
export function textOfLast(messages: readonly Message[]): string {
  return messages.at(-1)?.content.map(textOf).join("\n") ?? "";
}

function answer(text: string): ModelAnswer {
  return { role: "assistant", content: text === "" ? [] : [{ type: "text", text }], toolRequests: [] };
}
