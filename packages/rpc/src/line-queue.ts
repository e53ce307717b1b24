/** Lines of one tick, joined, so that they leave in one write. */
export class LineQueue {
  #lines = "";
  readonly #write: (lines: string) => void;

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  get length(): number {
    return this.#lines.length;
  }

  add(line: string): void {
    if (this.#lines === "") process.nextTick(() => this.flush());
    this.#lines += line;
  }

  flush(): void {
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "") this.#write(lines);
  }
}
