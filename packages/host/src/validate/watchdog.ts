import { createContext, Script } from "node:vm";

/**
 * Runs a function and takes the processor back when it does not finish in time, even inside a regular expression. An
 * extension chooses its schemas; a pattern like `^(a+)+$` or references that double at every step must not stop the host.
 */
export class Watchdog {
  readonly #context = createContext({ run: undefined as (() => unknown) | undefined });
  readonly #script = new Script("run()");

  /** @throws WatchdogError when the time is over; whatever `work` throws otherwise */
  run<Result>(work: () => Result, timeoutMs: number): Result {
    this.#context["run"] = work;
    try {
      return this.#script.runInContext(this.#context, { timeout: timeoutMs }) as Result;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new WatchdogError(timeoutMs);
      throw error;
    } finally {
      this.#context["run"] = undefined;
    }
  }
}

export class WatchdogError extends Error {
  constructor(timeoutMs: number) {
    super(`It took longer than ${timeoutMs} ms.`);
    this.name = "WatchdogError";
  }
}
