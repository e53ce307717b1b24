/** Lets one change of a file begin when the one before it is done: two at the same time would lose one of them. */
export class FileLocks {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `change` when no other change of this file runs.
   * @param file its real path, so that two names of a file are one
   */
  async run<Result>(file: string, change: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(file) ?? Promise.resolve();
    const mine = before.then(change);
    // Whether it failed is for its own caller; the next one only waits for its end.
    const ended = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(file, ended);
    try {
      return await mine;
    } finally {
      if (this.#last.get(file) === ended) this.#last.delete(file);
    }
  }
}
