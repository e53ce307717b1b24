/** Does one thing after the other, in order. One that fails holds up nothing. */
export class SerialQueue {
  readonly #onError: (error: unknown) => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Settles as the work does, once it was its turn. */
  add<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** For work that nobody waits for: its failure is told to the queue's owner. */
  addAlone(work: () => Promise<void>): void {
    this.add(work).catch((error: unknown) => this.#onError(error));
  }
}
