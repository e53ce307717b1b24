import { linesUntil } from "../logger-lines.ts";
import { type ScriptStep, scriptedModel, textOfLast } from "../scripted-model.ts";
import { showStep } from "../show-step.ts";
import type { Stage } from "../stage.ts";
import { runPrompt } from "../turn-loop.ts";

export const SESSION_ID = "tour";

const SCRIPT: ScriptStep[] = [
  () => ({ tool: "web_search", input: { query: "highest mountain on Earth", limit: 1 } }),
  (found) => ({ tool: "unit_convert", input: { amount: metresIn(found), from: "m", to: "ft" } }),
  (converted) => ({ say: `The highest mountain on Earth is Mount Everest: ${converted}.` }),
];

/** Answers with what the logger wrote meanwhile. */
export async function answerAQuestion(stage: Stage): Promise<string[]> {
  const { host, narrator, signal } = stage;
  narrator.chapter(
    "The agent answers with the tools they offer",
    "The model is a script, for the tour has no network. The rest is real: the turn loop,",
    "the calls between processes, and the HTTP request to a search engine on this machine.",
  );
  const logged = linesUntil("agent_end", stage);
  host.emit("session_start", { sessionId: SESSION_ID, reason: "new" });
  const prompt = "How high is the highest mountain, in feet?";
  narrator.line("user asks", prompt);
  let progress = 0;
  const messages = await runPrompt(
    {
      host,
      signal,
      model: scriptedModel(SCRIPT),
      show: (step) => {
        if (step.kind === "progress") progress += 1;
        showStep(narrator, step);
      },
    },
    prompt,
  );
  const answer = textOfLast(messages);
  narrator.line("model answers", answer);
  narrator.expect(answer.includes("8849 m = 29,032.15 ft"), "the answer has the height in feet", answer);
  narrator.expect(progress === 2, "the search showed its progress twice", progress);
  return logged;
}

function metresIn(text: string): number {
  return Number(/(\d+) m\b/.exec(text)?.[1]);
}
