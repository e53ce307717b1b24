import { nearest } from "tau-host";
import type { JsonObject, JsonValue } from "tau-protocol";
import type { ScriptedCall, ScriptRequest, ScriptStep } from "./script.ts";

/**
 * What `offline/scripted` answers without a script. Each line of a prompt that is one of these is done, the others are ignored:
 *
 *     call <tool> {"json": "arguments"}     calls the tool
 *     use <tool> key=value key="two words"  the same; values that are JSON are JSON, others text
 *     then call … / then use …              the same, in a next answer, after the results of those before
 *     say <text>                            says it
 *     think <text>                          thinks it first
 *
 * After the last results it says what the tools answered. To anything else it says what it is.
 */
export function answerByRules(request: ScriptRequest): ScriptStep {
  const plan = readPlan(request.prompt);
  const calls = plan.rounds[request.answers];
  if (calls !== undefined) return callStep(plan, calls, request);
  if (request.results.length > 0) return { text: resultText(request.results) };
  const text = plan.said.length > 0 ? plan.said.join("\n") : introduce(request);
  return { ...(plan.thought.length > 0 ? { thinking: plan.thought.join("\n") } : {}), text };
}

interface Plan {
  /** Calls of one answer each. */
  rounds: (ScriptedCall | { problem: string })[][];
  said: string[];
  thought: string[];
}

const CALL = /^\s*(then\s+)?(call|use)\s+([A-Za-z0-9_-]{1,64})\s*(.*)$/;
const WORDS = /^\s*(say|think)\s+(.*)$/;
/** `key=value`, `key="two words"`, `key={"a": 1}` up to the next key or the end. */
const PAIR = /([A-Za-z0-9_]+)=("(?:[^"\\]|\\.)*"|.*?)(?=\s+[A-Za-z0-9_]+=|\s*$)/g;

function readPlan(prompt: string): Plan {
  const plan: Plan = { rounds: [], said: [], thought: [] };
  for (const line of prompt.split("\n")) {
    const [, then, verb, tool, rest = ""] = CALL.exec(line) ?? [];
    const [, speech, words = ""] = WORDS.exec(line) ?? [];
    if (tool !== undefined) {
      const call = verb === "call" ? readCall(tool, rest) : { tool, input: readPairs(rest) };
      const round = plan.rounds.at(-1);
      if (round === undefined || then !== undefined) plan.rounds.push([call]);
      else round.push(call);
    } else if (speech === "say") plan.said.push(words);
    else if (speech === "think") plan.thought.push(words);
  }
  return plan;
}

function readCall(tool: string, rest: string): ScriptedCall | { problem: string } {
  if (rest.trim() === "") return { tool, input: {} };
  try {
    const input = JSON.parse(rest) as JsonValue;
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return { tool, input };
    return { problem: `Expected a JSON object behind \`call ${tool}\`, got ${rest.trim()}.` };
  } catch (error) {
    return { problem: `Expected a JSON object behind \`call ${tool}\`: ${(error as Error).message}.` };
  }
}

function readPairs(text: string): JsonObject {
  return Object.fromEntries([...text.matchAll(PAIR)].map(([, key = "", value = ""]) => [key, readValue(value)]));
}

function readValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Plain words are text.
    return text;
  }
}

function callStep(plan: Plan, calls: Plan["rounds"][number], { answers, tools }: ScriptRequest): ScriptStep {
  const problems = calls.flatMap((call) => {
    if ("problem" in call) return [call.problem];
    return tools.includes(call.tool) ? [] : [unknownTool(call.tool, tools)];
  });
  if (problems.length > 0) return { text: problems.join("\n") };
  const first = answers === 0;
  return {
    ...(first && plan.thought.length > 0 ? { thinking: plan.thought.join("\n") } : {}),
    ...(first && plan.said.length > 0 ? { text: plan.said.join("\n") } : {}),
    toolCalls: calls as ScriptedCall[],
  };
}

function unknownTool(name: string, tools: readonly string[]): string {
  const meant = nearest(name, tools);
  if (meant.length > 0)
    return `I have no tool \`${name}\`. Did you mean ${meant.map((tool) => `\`${tool}\``).join(" or ")}?`;
  return `I have no tool \`${name}\`. ${listTools(tools)}`;
}

function resultText(results: ScriptRequest["results"]): string {
  return results
    .map(({ tool, text, isError }) => (isError ? `\`${tool}\` failed: ${text}` : text))
    .filter((text) => text !== "")
    .join("\n");
}

const SHOWN_LENGTH = 200;

function introduce({ prompt, tools }: ScriptRequest): string {
  const said = prompt.length > SHOWN_LENGTH ? `${prompt.slice(0, SHOWN_LENGTH)}…` : prompt;
  return (
    `You said: ${said}\n\nI am the offline model: I follow instructions and think nothing. ` +
    `Write \`call <tool> <JSON>\` or \`use <tool> key=value\` and I call it. ${listTools(tools)}`
  );
}

function listTools(tools: readonly string[]): string {
  return tools.length === 0 ? "There are no tools." : `There are: ${tools.join(", ")}.`;
}
