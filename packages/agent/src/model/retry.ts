import { isTauError, TauError } from "tau-protocol";
import { systemClock } from "tau-rpc";
import type { TurnRequest } from "./model.ts";
import { pause } from "./pause.ts";

const MAX_RETRIES = 4;
const FIRST_PAUSE_MS = 1000;
/** Somebody is waiting: whoever asks for a longer pause than this gets the error, which says for how long. */
const LONGEST_PAUSE_MS = 60_000;

/** Does it again while it fails in a way that may pass, with growing pauses, or those the provider asks for. */
export async function withRetries<Value>(attempt: () => Promise<Value>, request: TurnRequest): Promise<Value> {
  const { maxRetries = MAX_RETRIES, clock = systemClock, random = Math.random, signal, onRetry } = request;
  for (let retry = 1; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTauError(error) || error.code !== "provider-failed" || !error.retryable || retry > maxRetries) throw error;
      const { retryAfterMs } = error as { retryAfterMs?: number };
      if (retryAfterMs !== undefined && retryAfterMs > LONGEST_PAUSE_MS) throw mustWait(error, retryAfterMs);
      const delayMs = retryAfterMs ?? pauseOf(retry, random());
      onRetry?.({ attempt: retry, delayMs, error });
      await pause(delayMs, clock, signal);
    }
  }
}

/** Doubles; half to one and a half times, so that what failed together does not come back together. */
function pauseOf(retry: number, chance: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.round(FIRST_PAUSE_MS * 2 ** (retry - 1) * (0.5 + chance)));
}

function mustWait(error: TauError, retryAfterMs: number): TauError {
  const text = `${error.message} The provider asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
  const detail = { ...(error.detail as Record<string, never>), retryAfterMs };
  return new TauError(error.code, text, { retryable: true, detail, cause: error.cause });
}
