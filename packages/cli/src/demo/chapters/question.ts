import type { ScriptStep } from "tau-agent";
import { linesUntil } from "../logger-lines.ts";
import { showStep } from "../show-step.ts";
import type { Stage } from "../stage.ts";

const SCRIPT: ((lastResult: string) => ScriptStep)[] = [
  () => ({ toolCalls: [{ tool: "web_search", input: { query: "highest mountain on Earth", limit: 1 } }] }),
  (found) => ({ toolCalls: [{ tool: "unit_convert", input: { amount: metresIn(found), from: "m", to: "ft" } }] }),
  (converted) => ({ text: `The highest mountain on Earth is Mount Everest: ${converted}.` }),
];

/** Answers with what the logger wrote meanwhile. */
export async function answerAQuestion(stage: Stage): Promise<string[]> {
  const { agent, narrator, signal } = stage;
  narrator.chapter(
    "The agent answers with the tools they offer",
    "The model is a script, for the tour has no network. The rest is real: the turn loop,",
    "the calls between processes, and the HTTP request to a search engine on this machine.",
  );
  const logged = linesUntil("agent_end", stage);
  agent.start();
  const prompt = "How high is the highest mountain, in feet?";
  narrator.line("user asks", prompt);
  let progress = 0;
  stage.script = ({ answers, results }) => SCRIPT[answers]?.(results.at(-1)?.text ?? "") ?? { text: "" };
  const stop = agent.on((event) => {
    if (event.name === "tool_execution_update") progress += 1;
    showStep(narrator, event);
  });
  const { text: answer } = await agent.prompt(prompt, { signal });
  stop();
  narrator.line("model answers", answer);
  narrator.expect(answer.includes("8849 m = 29,032.15 ft"), "the answer has the height in feet", answer);
  narrator.expect(progress === 2, "the search showed its progress twice", progress);
  return logged;
}

function metresIn(text: string): number {
  return Number(/(\d+) m\b/.exec(text)?.[1]);
}
