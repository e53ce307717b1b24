import { type Context, createContext, Script } from "node:vm";

/** How long one piece of work may have the processor, in milliseconds. Nothing else of the extension runs meanwhile. */
const LIMIT_MS = 500;

/** On a machine that is out of breath work may have to wait for its time. The last try takes at most so many times as long. */
const MAX_FACTOR = 4;

/** Of the time by the clock: with less of the processor than that, others had it. */
const OWN_SHARE = 0.75;

export interface WatchdogOptions {
  /** What the process has used of its processors so far, in milliseconds. @default the operating system's account of it */
  usedCpuMs?: () => number;
}

/** Runs work that a pattern can keep busy for ever: some need more steps than there are atoms, for a line of thirty letters. */
export class Watchdog {
  readonly #script = new Script("work()");
  readonly #globals: { work: () => unknown } = { work: () => undefined };
  // Not for isolation: only a script has a time limit, and it holds for all that the script calls.
  readonly #context: Context = createContext(this.#globals);
  readonly #usedCpuMs: () => number;

  constructor({ usedCpuMs = processCpuMs }: WatchdogOptions = {}) {
    this.#usedCpuMs = usedCpuMs;
  }

  /**
   * Node can only stop what has run for a time by the clock. What had less of the processor meanwhile is run again, for twice as long:
   * no pattern is refused because the machine is busy.
   * @param work may be stopped anywhere, and run again from its beginning
   * @throws TooSlow, and whatever the work throws
   */
  run<Result>(work: () => Result): Result {
    this.#globals.work = work;
    for (let limitMs = LIMIT_MS; ; limitMs *= 2) {
      const before = this.#usedCpuMs();
      try {
        return this.#script.runInContext(this.#context, { timeout: limitMs }) as Result;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
        const hadItsTime = this.#usedCpuMs() - before >= LIMIT_MS * OWN_SHARE;
        if (hadItsTime || limitMs >= LIMIT_MS * MAX_FACTOR) throw new TooSlow(`It took longer than ${LIMIT_MS} ms.`);
      }
    }
  }
}

export class TooSlow extends Error {
  override readonly name = "TooSlow";
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
