import { TauError } from "tau-protocol";
import { asTauError } from "./as-tau-error.ts";
import type { LoopPlace } from "./loop-place.ts";
import { type ModelUsage, textOf } from "./message.ts";
import { addUsage, NO_USAGE } from "./model/usage.ts";
import { sayWaiting } from "./sayings.ts";
import { runTurn } from "./turn.ts";

/** How a run ended. */
export interface RunResult {
  /** `end`: the model was done. `blocked`: an extension stopped the input. */
  stopReason: "end" | "aborted" | "error" | "max-turns" | "blocked";
  /** What the model said last. */
  text: string;
  turns: number;
  usage: ModelUsage;
  /** Where it is `error` or `blocked`. */
  error?: TauError;
}

/**
 * Works on what the user said, turn by turn, until the model asks for no tool and nothing more was said. Never rejects.
 *
 * The order of events: `before_agent_start`, `agent_start`, then for each turn `turn_start`, `context`, `before_provider_request`,
 * `after_provider_response`, `message_start` … `message_end` of the answer, for each call `tool_call`, `tool_execution_start` …
 * `tool_execution_end`, `tool_result`, then the results as messages, `turn_end`; at last `agent_end`.
 */
export async function runLoop(prompt: string, signal: AbortSignal, place: LoopPlace): Promise<RunResult> {
  const prepared = await prepareSystemPrompt(prompt, signal, place);
  if (typeof prepared !== "string") return prepared;
  place.hub.emit("agent_start", { prompt });
  const result = await runTurns(prepared, signal, place);
  place.hub.emit("agent_end", { stopReason: result.stopReason, turns: result.turns });
  return result;
}

async function prepareSystemPrompt(prompt: string, signal: AbortSignal, place: LoopPlace): Promise<string | RunResult> {
  const payload = { prompt, systemPrompt: place.systemPrompt() };
  const decision = await place.host.decide("before_agent_start", payload, { signal });
  if (signal.aborted) return { stopReason: "aborted", text: "", turns: 0, usage: NO_USAGE };
  if (decision.action === "continue") {
    const { systemPrompt } = decision.payload;
    return typeof systemPrompt === "string" ? systemPrompt : payload.systemPrompt;
  }
  const error = new TauError("denied", `Blocked by ${decision.extensionId}: ${decision.reason}`, { executed: "no" });
  return { stopReason: "blocked", text: "", turns: 0, usage: NO_USAGE, error };
}

async function runTurns(systemPrompt: string, signal: AbortSignal, place: LoopPlace): Promise<RunResult> {
  const { queue } = place;
  let hasOverflowed = false;
  let done = { text: "", turns: 0, usage: NO_USAGE };
  try {
    for (;;) {
      if (signal.aborted) return { stopReason: "aborted", ...done };
      if (done.turns >= place.maxTurns) return { stopReason: "max-turns", ...done };
      await sayWaiting(queue.takeSteering(), signal, place);
      await place.makeRoom(signal);
      if (signal.aborted) return { stopReason: "aborted", ...done };
      const turn = done.turns + 1;
      const { message, toolCalls, error } = await runTurn({ turn, systemPrompt, signal }, place);
      done = { text: textOf(message.content), turns: turn, usage: addUsage(done.usage, message.usage) };
      if (signal.aborted) return { stopReason: "aborted", ...done };
      if (error !== undefined) {
        // What the window holds is not known of every model. Once: a summary that is too long as well would be made for ever.
        const mayFit = isOverflow(error) && !hasOverflowed && (await place.makeRoom(signal, true));
        if (!mayFit) return { stopReason: signal.aborted ? "aborted" : "error", ...done, error };
        hasOverflowed = true;
        continue;
      }
      if (toolCalls > 0 || (await sayWaiting(queue.takeAll(), signal, place))) continue;
      return { stopReason: signal.aborted ? "aborted" : "end", ...done };
    }
  } catch (error) {
    // The session could not be written, for one.
    return { stopReason: "error", ...done, error: asTauError(error) };
  }
}

function isOverflow({ detail }: TauError): boolean {
  return typeof detail === "object" && detail !== null && "reason" in detail && detail.reason === "context-overflow";
}
