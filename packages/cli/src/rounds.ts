/** Does a thing again and again, one after the other. The next round ends the one under way. */
export class Rounds {
  readonly #run: (signal: AbortSignal) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #present: AbortController | undefined;
  #last: Promise<void> = Promise.resolve();

  /** `onError` gets what a round fails with, unless it was ended by the next. */
  constructor(run: (signal: AbortSignal) => Promise<void>, onError: (error: unknown) => void) {
    this.#run = run;
    this.#onError = onError;
  }

  next(): void {
    this.#present?.abort();
    const { signal } = (this.#present = new AbortController());
    this.#last = this.#last.then(() => (signal.aborted ? undefined : this.#round(signal)));
  }

  /** Resolves when the last round has ended. */
  async stop(): Promise<void> {
    this.#present?.abort();
    await this.#last;
  }

  async #round(signal: AbortSignal): Promise<void> {
    try {
      await this.#run(signal);
    } catch (error) {
      if (!signal.aborted) this.#onError(error);
    }
  }
}
