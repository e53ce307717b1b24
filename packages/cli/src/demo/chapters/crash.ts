import { isTauError } from "tau-host";
import { textOf } from "../../print-result.ts";
import { countProcesses, type Stage } from "../stage.ts";

export async function crash(stage: Stage): Promise<void> {
  const { host, narrator, signal } = stage;
  narrator.chapter(
    "A crash stays where it happens",
    "A stray timer throws in the middle of a call, which ends the whole process. The call",
    "fails with the reason; the agent and the other extensions do not notice. The host starts",
    "the crashed one again, and the next call waits for it.",
  );
  const others = runningExcept(stage, "workbench");
  narrator.line("call", "crash {}");
  const error: unknown = await host.call("crash", {}, { signal }).catch((reason: unknown) => reason);
  if (!isTauError(error)) {
    narrator.expect(false, "the call fails with an error", error);
    return;
  }
  narrator.line("  failed", withoutNoise(error.message, stage));
  narrator.expect(error.code === "extension-crashed", "the error says that the extension crashed", error.code);
  const { content } = await host.call("unit_convert", { amount: 100, from: "miles", to: "km" }, { signal });
  narrator.line("call", "unit_convert");
  narrator.line("  result", content.map(textOf).join("\n"));
  const { content: answer } = await host.call("bash", { command: "echo back" }, { signal });
  const back = host.extensions().find(({ id }) => id === "workbench");
  narrator.line("call", 'bash {"command":"echo back"}');
  narrator.line("  result", answer.map(textOf).join("\n").trim());
  narrator.line("workbench", `started again by itself, pid ${back?.pid}; the call waited`);
  narrator.text("");
  narrator.expect(back?.restarts === 1, "the crashed extension was started again by itself", back?.restarts);
  const after = runningExcept(stage, "workbench");
  narrator.proves(others === after, "the other four run on, in the same processes", { others, after });
  countProcesses(stage);
}

/** Without Node's own frames, and with paths as seen from the tour's folder. */
function withoutNoise(message: string, { folder }: Stage): string {
  const lines = message.split("\n").filter((line) => !line.includes("(node:internal"));
  return lines.join("\n").replaceAll(`${folder}/`, "");
}

function runningExcept({ host }: Stage, extensionId: string): string {
  const others = host.extensions().filter(({ id }) => id !== extensionId);
  return others.map(({ id, pid, state }) => `${id} ${pid} ${state}`).join(", ");
}
