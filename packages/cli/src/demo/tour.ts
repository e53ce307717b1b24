import type { Terminal } from "../terminal.ts";
import { closeEverything } from "./chapters/close.ts";
import { crash } from "./chapters/crash.ts";
import { editWhileRunning } from "./chapters/edit.ts";
import { blockACommand } from "./chapters/gate.ts";
import { readTheLog } from "./chapters/log.ts";
import { answerAQuestion } from "./chapters/question.ts";
import { startExtensions } from "./chapters/start.ts";
import { Narrator } from "./narrator.ts";
import { clearStage, setStage } from "./stage.ts";

/** The tour. It fails where anything is not as it tells. */
export async function runTour(terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { bold, dim, green } = terminal.colors;
  const started = performance.now();
  terminal.print(`${bold("tau, the tour")}  ${dim("extensions at work: offline, nothing installed, nothing changed")}`);
  const narrator = new Narrator(terminal, signal);
  const stage = await setStage(narrator, signal);
  try {
    await startExtensions(stage);
    const log = await answerAQuestion(stage);
    readTheLog(stage, log);
    await blockACommand(stage);
    await editWhileRunning(stage);
    await crash(stage);
    await closeEverything(stage);
  } finally {
    await clearStage(stage);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  terminal.print(`\n${green("Done.")} ${narrator.checks} checks held, in ${seconds} s.`);
  terminal.print(dim(`Next: read examples/, or try  tau tools -e examples/unit-convert`));
}
