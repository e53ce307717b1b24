import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ScriptStep } from "tau-agent";
import { showStep } from "../show-step.ts";
import type { Stage } from "../stage.ts";
import { writeWorkbench } from "../workbench.ts";

const SCRIPT: ((lastResult: string) => ScriptStep)[] = [
  () => ({ toolCalls: [{ tool: "bash", input: { command: "ls notes" } }] }),
  () => ({ toolCalls: [{ tool: "bash", input: { command: "rm -rf notes" } }] }),
  (reason) => ({ text: `There is a plans.txt. I may not remove the folder. ${reason.split(":")[0]}.` }),
];

export async function blockACommand(stage: Stage): Promise<void> {
  const { agent, host, narrator, signal, folder } = stage;
  narrator.chapter(
    "An extension says no",
    "The agent gets a real shell, and command-gate is asked before every call. A gate that",
    "fails, hangs or has crashed blocks as well: it never lets through what it has not seen.",
  );
  await host.load(await writeWorkbench(stage));
  const notes = join(folder, "notes");
  await mkdir(notes);
  await writeFile(join(notes, "plans.txt"), "climb something\n");

  const prompt = "What is in notes/? And clean it up.";
  narrator.line("user asks", prompt);
  stage.script = ({ answers, results }) => SCRIPT[answers]?.(results.at(-1)?.text ?? "") ?? { text: "" };
  const stop = agent.on((event) => showStep(narrator, event));
  const { text } = await agent.prompt(prompt, { signal });
  stop();
  narrator.line("model answers", text);
  narrator.text("");

  const results = agent.session
    .messages()
    .slice(-4)
    .filter((message) => message.role === "tool");
  narrator.expect(results[0]?.isError === false, "the harmless command ran", results[0]);
  narrator.expect(results[1]?.isError === true, "the dangerous one did not", results[1]);
  narrator.proves(existsSync(join(notes, "plans.txt")), "notes/plans.txt is still there");
}
