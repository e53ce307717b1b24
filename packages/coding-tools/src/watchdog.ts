import { type Context, createContext, Script } from "node:vm";

/** How long one piece of work may take, in milliseconds. Nothing else of the extension runs meanwhile. */
const LIMIT_MS = 500;

/** Runs work that a pattern can keep busy for ever: some need more steps than there are atoms, for a line of thirty letters. */
export class Watchdog {
  readonly #script = new Script("work()");
  readonly #globals: { work: () => unknown } = { work: () => undefined };
  // Not for isolation: only a script has a time limit, and it holds for all that the script calls.
  readonly #context: Context = createContext(this.#globals);

  /** @throws TooSlow, and whatever the work throws */
  run<Result>(work: () => Result): Result {
    this.#globals.work = work;
    try {
      return this.#script.runInContext(this.#context, { timeout: LIMIT_MS }) as Result;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      throw new TooSlow(`It took longer than ${LIMIT_MS} ms.`);
    }
  }
}

export class TooSlow extends Error {
  override readonly name = "TooSlow";
}
