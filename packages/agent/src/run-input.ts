import { asTauError } from "./as-tau-error.ts";
import type { LoopPlace } from "./loop-place.ts";
import { textOf } from "./message.ts";
import { NO_USAGE } from "./model/usage.ts";
import { runLoop, type RunResult } from "./run-loop.ts";
import { admit, type Input } from "./sayings.ts";

/** Lets the extensions see and change what was said, keeps it, and works on it. Never rejects. */
export async function runInput(input: Input, signal: AbortSignal, place: LoopPlace): Promise<RunResult> {
  const nothing = { text: "", turns: 0, usage: NO_USAGE };
  try {
    const admitted = await admit(input, signal, place);
    if (signal.aborted) return { stopReason: "aborted", ...nothing };
    if ("error" in admitted) return { stopReason: "blocked", ...nothing, error: admitted.error };
    await place.remember();
    await place.say(admitted.message);
    return await runLoop(textOf(admitted.message.content), signal, place);
  } catch (error) {
    return { stopReason: "error", ...nothing, error: asTauError(error) };
  }
}
