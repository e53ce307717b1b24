import type { Clock, Timer } from "tau-rpc";

/**
 * What Node is started with so that it can be profiled later. Nothing listens until it gets SIGUSR1; then a port that the
 * system chooses does, on 127.0.0.1, at an address with a secret in it that stands on stderr alone. Start time and memory stay
 * the same.
 */
export const PROFILABLE_FLAGS = ["--inspect-port=0", "--inspect-publish-uid=stderr"] as const;

const INSPECTOR_LINE =
  /^(?:Debugger listening on ws:\/\/|Debugger attached\.|Debugger ending on ws:\/\/|Waiting for the debugger to disconnect|For help, see: https:\/\/nodejs\.org\/)/;

/** Whether a line of stderr is what Node's inspector says of itself. */
export function isInspectorLine(text: string): boolean {
  return INSPECTOR_LINE.test(text);
}

interface Waiter {
  pattern: RegExp;
  settle: (match: RegExpExecArray | undefined) => void;
}

/**
 * Reads one process's stderr along, line by line, for what it was made to print. What an inspector says holds its secret, so
 * that goes into no log; but only once the host has asked for something: before that, such lines are the author's.
 */
export class InspectorLines {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #expected = false;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a line of stderr. False: keep it off the log. */
  keep(line: string): boolean {
    for (const { pattern, settle } of this.#waiters) {
      const match = pattern.exec(line);
      if (match !== null) settle(match);
    }
    return !this.#expected || !isInspectorLine(line);
  }

  /** The first line from now on that matches. `undefined` when the time is over, or the output. */
  nextMatch(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray | undefined> {
    this.#expected = true;
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const waiter: Waiter = {
        pattern,
        settle: (match) => {
          this.#waiters.delete(waiter);
          this.#clock.clearTimeout(timer);
          resolve(match);
        },
      };
      this.#waiters.add(waiter);
      if (timeoutMs !== Infinity) timer = this.#clock.setTimeout(() => waiter.settle(undefined), timeoutMs);
    });
  }

  /** Nothing more will be printed. */
  end(): void {
    this.#ended = true;
    for (const { settle } of this.#waiters) settle(undefined);
  }
}
