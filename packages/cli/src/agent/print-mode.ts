import type { Agent } from "tau-agent";
import type { TauContext } from "../context.ts";
import { CliError } from "../errors.ts";

/** `tau -p`: one answer on stdout. What goes wrong is on stderr, and in the exit code. */
export async function printAnswer(agent: Agent, prompt: string, context: TauContext): Promise<void> {
  const { terminal, signal } = context;
  const stop = agent.on((event) => {
    if (event.name === "retry") {
      const { error, delayMs } = event.payload;
      terminal.note(terminal.noteColors.dim(`${error} Trying again in ${(delayMs / 1000).toFixed(1)} s.`));
    }
    if (event.name === "problem") terminal.note(`${terminal.noteColors.yellow("warning:")} ${event.payload.message}`);
  });
  const result = await agent.prompt(prompt, { signal });
  stop();
  signal.throwIfAborted();
  if (result.text !== "") terminal.print(result.text);
  if (result.error !== undefined) throw result.error;
  if (result.stopReason === "max-turns")
    throw new CliError(`The model was asked ${result.turns} times and is not done.`);
}
