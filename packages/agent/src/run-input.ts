import { TauError } from "tau-protocol";
import type { LoopPlace } from "./loop-place.ts";
import { textOf, type UserMessage } from "./message.ts";
import { NO_USAGE } from "./model/usage.ts";
import { runLoop, type RunResult } from "./run-loop.ts";

export interface Input {
  message: UserMessage;
  source: "user" | "extension";
  signal: AbortSignal;
}

/** Lets the extensions see and change what was said, keeps it, and works on it. */
export async function runInput({ message, source, signal }: Input, place: LoopPlace): Promise<RunResult> {
  const text = textOf(message.content);
  const decision = await place.host.decide("input", { text, source }, { signal });
  if (signal.aborted) return { stopReason: "aborted", text: "", turns: 0, usage: NO_USAGE };
  if (decision.action === "block") {
    const error = new TauError("denied", `Blocked by ${decision.extensionId}: ${decision.reason}`, { executed: "no" });
    return { stopReason: "blocked", text: "", turns: 0, usage: NO_USAGE, error };
  }
  const given = decision.payload["text"];
  const changed = typeof given === "string" ? given : text;
  const images = message.content.filter(({ type }) => type !== "text");
  await place.say({ role: "user", content: [{ type: "text", text: changed }, ...images] });
  return runLoop(changed, signal, place);
}
