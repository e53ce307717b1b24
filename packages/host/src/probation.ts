import type { Clock, Timer } from "tau-rpc";
import type { Generation } from "./generation.ts";

/**
 * The first moments of a version that has taken over. The version before it is kept running, so that it can take back at once should
 * the new one die in them.
 */
export class Probation {
  readonly #clock: Clock;
  #present: { before: Generation | undefined; end: () => void; pass: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The version before the one on probation, where one is kept. */
  get standby(): Generation | undefined {
    return this.#present?.before;
  }

  get isOn(): boolean {
    return this.#present !== undefined;
  }

  /** `onPassed` gets the version before, which is not needed any more. */
  begin(before: Generation | undefined, durationMs: number, onPassed: (before: Generation | undefined) => void): void {
    let timer: Timer | undefined;
    const pass = (): void => {
      this.end();
      onPassed(before);
    };
    this.#present = { before, pass, end: () => this.#clock.clearTimeout(timer) };
    timer = this.#clock.setTimeout(pass, durationMs);
  }

  /** The version on probation has lived for as long as it was wanted. */
  pass(): void {
    this.#present?.pass();
  }

  /** The version on probation has died, or is being replaced itself. The version before it, where one is kept. */
  end(): Generation | undefined {
    const present = this.#present;
    this.#present = undefined;
    present?.end();
    return present?.before;
  }
}
