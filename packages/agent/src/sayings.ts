import { TauError } from "tau-protocol";
import type { LoopPlace } from "./loop-place.ts";
import { textOf, type UserMessage } from "./message.ts";
import type { Saying } from "./queue.ts";

export interface Input {
  message: UserMessage;
  source: "user" | "extension";
}

/** Says what was said while the agent worked. Whether that is for the model to answer: what an extension adds is not. */
export async function sayWaiting(waiting: readonly Saying[], signal: AbortSignal, place: LoopPlace): Promise<boolean> {
  let isForModel = false;
  for (const { message, source } of waiting) {
    if (message.role === "extension") {
      await place.say(message);
      continue;
    }
    const admitted = await admit({ message, source }, signal, place);
    if (signal.aborted) return false;
    if ("error" in admitted) {
      const { code } = admitted.error;
      place.hub.tell({ name: "problem", payload: { message: admitted.error.message, code } });
      continue;
    }
    await place.say(admitted.message);
    isForModel = true;
  }
  return isForModel;
}

/** What the extensions make of something that was said, or why they do not let it pass. */
export async function admit(
  { message, source }: Input,
  signal: AbortSignal,
  { host }: LoopPlace,
): Promise<{ message: UserMessage } | { error: TauError }> {
  const text = textOf(message.content);
  const decision = await host.decide("input", { text, source }, { signal });
  if (decision.action === "block") {
    const reason = `Blocked by ${decision.extensionId}: ${decision.reason}`;
    return { error: new TauError("denied", reason, { executed: "no", extensionId: decision.extensionId }) };
  }
  const given = decision.payload["text"];
  const images = message.content.filter(({ type }) => type !== "text");
  const changed = typeof given === "string" ? given : text;
  return { message: { role: "user", content: [{ type: "text", text: changed }, ...images] } };
}
