import { randomUUID } from "node:crypto";
import { TauError } from "tau-protocol";
import type { LoopPlace } from "./loop-place.ts";
import { textOf } from "./message.ts";
import { execute } from "./tool-run/execute.ts";

export interface UserCommand {
  command: string;
  cwd: string;
  signal: AbortSignal;
}

/** The tool that runs shell commands, whichever extension offers it. */
const TOOL = "bash";

/** @throws TauError `denied` when a gate blocks it, `unknown-tool` where no extension offers `bash` */
export async function runBash(
  { command, cwd, signal }: UserCommand,
  place: LoopPlace,
): Promise<{ text: string; isError: boolean }> {
  const { host, tools } = place;
  if (!host.tools().some(({ name }) => name === TOOL)) {
    throw new TauError("unknown-tool", "No extension offers a tool `bash`, so there is nothing to run it with.", {
      executed: "no",
    });
  }
  const decision = await host.decide("user_bash", { command, cwd }, { signal, ...tools.askUser(signal) });
  if (decision.action === "block") {
    throw new TauError("denied", `Blocked by ${decision.extensionId}: ${decision.reason}`, { executed: "no" });
  }
  const call = { callId: `user-${randomUUID().slice(0, 8)}`, tool: TOOL, input: { command }, caller: "user", signal };
  const { content, isError = false } = (await execute(call, call.input, tools)).result;
  const text = textOf(content);
  await place.say({ role: "user", content: [{ type: "text", text: `I ran \`${command}\`. It said:\n\n${text}` }] });
  return { text, isError };
}
