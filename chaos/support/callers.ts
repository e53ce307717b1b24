import { isTauError, type TauError } from "tau-host";
import type { Workspace } from "../../packages/host/test/support/workspace.ts";

/** What calls made one after the other, all the time, came to. */
export interface Callers {
  /** Texts that were answered, with how often. */
  answers: Map<string, number>;
  errors: TauError[];
  /** From call to answer, in milliseconds. */
  times: number[];
  stop(): Promise<void>;
}

export interface CallersOptions {
  tool: string;
  args?: Record<string, unknown>;
  /** @default 2 */
  count?: number;
  /** Between an answer and the next call, in milliseconds. @default 0 */
  pauseMs?: number;
}

/** Calls a tool without a pause until told to stop. */
export function startCallers(
  workspace: Workspace,
  { tool, args = {}, count = 2, pauseMs = 0 }: CallersOptions,
): Callers {
  let over = false;
  const callers: Callers = {
    answers: new Map(),
    errors: [],
    times: [],
    stop: async () => {
      over = true;
      await Promise.all(running);
    },
  };
  const callOnce = async (): Promise<void> => {
    const start = performance.now();
    try {
      const text = await workspace.ask(tool, args, { timeoutMs: 60_000 });
      callers.times.push(performance.now() - start);
      callers.answers.set(text, (callers.answers.get(text) ?? 0) + 1);
    } catch (error) {
      if (!isTauError(error)) throw error;
      callers.errors.push(error);
    }
    // A refusal comes without a turn of the event loop, and would keep everything else from its own.
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  };
  const running = Array.from({ length: count }, async () => {
    while (!over) await callOnce();
  });
  return callers;
}
