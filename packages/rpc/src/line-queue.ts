/** Lines of one tick, joined, so that they leave in one write. */
export class LineQueue {
  #lines = "";
  #isHeld = false;
  readonly #write: (lines: string) => void;

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  get length(): number {
    return this.#lines.length;
  }

  add(line: string): void {
    if (this.#lines === "" && !this.#isHeld) process.nextTick(() => this.flush());
    this.#lines += line;
  }

  /** Lines wait for `release` instead of the tick's end, which costs more than it: a caller may know that no more will come. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.flush();
  }

  flush(): void {
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "") this.#write(lines);
  }
}
