import { linesUntil } from "../logger-lines.ts";
import { isAlive } from "../processes.ts";
import { countProcesses, type Stage } from "../stage.ts";

export async function closeEverything(stage: Stage): Promise<void> {
  const { agent, narrator, processes } = stage;
  narrator.chapter(
    "Nothing is left behind",
    "Closing ends every process that was started, and waits until it is gone. That holds",
    "as well for an agent that is killed.",
  );
  const logged = linesUntil("session_shutdown", stage);
  countProcesses(stage);
  const started = performance.now();
  await agent.close();
  const durationMs = Math.round(performance.now() - started);
  const farewell = (await logged).at(-1) ?? "(nothing)";
  narrator.line("logger's last", farewell);
  narrator.expect(farewell.startsWith("session_shutdown"), "the logger hears that the session ends", farewell);
  const left = [...processes].filter(isAlive);
  narrator.line("closed in", `${durationMs} ms`);
  narrator.text("");
  narrator.proves(left.length === 0, `all ${processes.size} processes of the tour are gone`, left);
}
