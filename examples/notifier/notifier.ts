import { execFile } from "node:child_process";
import type { ExtensionApi } from "tau-ext";

export default function setup(api: ExtensionApi) {
  api.registerFlag({ name: "notify-with", description: "A program that shows a title and a text", type: "string" });
  const { afterSeconds = 10 } = api.config as { afterSeconds?: number };
  let startedAt = 0;
  let prompt = "";

  const notify = (title: string, text: string): void => {
    const [file, ...args] = command(api.getFlag("notify-with"), title, text);
    execFile(file, args, (error) => {
      if (error !== null) api.log.warn(`${file} could not be run: ${error.message}`);
    });
  };

  api.on("agent_start", (event) => {
    startedAt = Date.now();
    ({ prompt } = event);
  });
  api.on("agent_end", ({ stopReason }) => {
    if (Date.now() - startedAt < afterSeconds * 1000 || stopReason === "aborted") return;
    notify(stopReason === "end" ? "Done" : `Stopped: ${stopReason}`, prompt.split("\n", 1)[0] ?? "");
  });
  api.on("ui_prompt_start", ({ title, extension }) => notify(`${extension ?? "tau"} asks`, title));
}

function command(given: unknown, title: string, text: string): [string, ...string[]] {
  if (typeof given === "string") return [given, title, text];
  if (process.platform !== "darwin") return ["notify-send", "--", title, text];
  return ["osascript", "-e", `display notification ${JSON.stringify(text)} with title ${JSON.stringify(title)}`];
}
