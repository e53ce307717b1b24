import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scriptedModel, textOfLast } from "../scripted-model.ts";
import { showStep } from "../show-step.ts";
import type { Stage } from "../stage.ts";
import { runPrompt } from "../turn-loop.ts";
import { writeWorkbench } from "../workbench.ts";

export async function blockACommand(stage: Stage): Promise<void> {
  const { host, narrator, signal, folder } = stage;
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
  const model = scriptedModel([
    () => ({ tool: "bash", input: { command: "ls notes" } }),
    () => ({ tool: "bash", input: { command: "rm -rf notes" } }),
    (reason) => ({ say: `There is a plans.txt. I may not remove the folder. ${reason.split(":")[0]}.` }),
  ]);
  const messages = await runPrompt({ host, model, signal, show: (step) => showStep(narrator, step) }, prompt);
  narrator.line("model answers", textOfLast(messages));
  narrator.text("");

  const results = messages.filter((message) => message.role === "tool");
  narrator.expect(results[0]?.isError === false, "the harmless command ran", results[0]);
  narrator.expect(results[1]?.isError === true, "the dangerous one did not", results[1]);
  narrator.proves(existsSync(join(notes, "plans.txt")), "notes/plans.txt is still there");
}
