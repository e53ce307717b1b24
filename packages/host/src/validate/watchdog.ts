import { createContext, Script } from "node:vm";

export interface WatchdogOptions {
  /** What the process has used of its processors so far, in milliseconds. @default the operating system's account of it */
  usedCpuMs?: () => number;
}

/** On a machine that is out of breath a function may have to wait for its time. The last try takes at most so many times as long. */
const MAX_FACTOR = 4;

/** Of the time by the clock: with less of the processor than that, others had it. */
const OWN_SHARE = 0.75;

/**
 * Runs a function and takes the processor back when it does not finish in time, even inside a regular expression. An
 * extension chooses its schemas; a pattern like `^(a+)+$` or references that double at every step must not stop the host.
 */
export class Watchdog {
  readonly #context = createContext({ run: undefined as (() => unknown) | undefined });
  readonly #script = new Script("run()");
  readonly #usedCpuMs: () => number;

  constructor({ usedCpuMs = processCpuMs }: WatchdogOptions = {}) {
    this.#usedCpuMs = usedCpuMs;
  }

  /**
   * The time is the processor's. Node can only stop what has run for a time by the clock, so what had less of the processor meanwhile
   * is run again from its beginning, for twice as long: a schema is not refused because the machine is busy.
   * @param work may be stopped anywhere, and run again
   * @throws WatchdogError when the time is over; whatever `work` throws otherwise
   */
  run<Result>(work: () => Result, timeoutMs: number): Result {
    this.#context["run"] = work;
    try {
      for (let limitMs = timeoutMs; ; limitMs *= 2) {
        const before = this.#usedCpuMs();
        const ended = this.#tryRun<Result>(limitMs);
        if (ended !== undefined) return ended.result;
        const hadItsTime = this.#usedCpuMs() - before >= timeoutMs * OWN_SHARE;
        if (hadItsTime || limitMs >= timeoutMs * MAX_FACTOR) throw new WatchdogError(timeoutMs);
      }
    } finally {
      this.#context["run"] = undefined;
    }
  }

  /** `undefined` when it was stopped. */
  #tryRun<Result>(limitMs: number): { result: Result } | undefined {
    try {
      return { result: this.#script.runInContext(this.#context, { timeout: limitMs }) as Result };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
      throw error;
    }
  }
}

export class WatchdogError extends Error {
  constructor(timeoutMs: number) {
    super(`It took longer than ${timeoutMs} ms.`);
    this.name = "WatchdogError";
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
