// Cuts chunks into lines. Keeps the chunks of an unfinished line in a list and looks for the newline in the newest
// only, so a line costs time in proportion to its length.

export class LineReader {
  /** @type {Buffer[]} */
  #chunks = [];
  #onLine;

  /** @param {(line: string) => void} onLine */
  constructor(onLine) {
    this.#onLine = onLine;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    let start = 0;
    let end = chunk.indexOf(10);
    while (end !== -1) {
      this.#onLine(this.#line(chunk, start, end));
      start = end + 1;
      end = chunk.indexOf(10, start);
    }
    if (start < chunk.length) this.#chunks.push(start === 0 ? chunk : chunk.subarray(start));
  }

  #line(chunk, start, end) {
    if (this.#chunks.length === 0) return chunk.toString("utf8", start, end);
    const whole = Buffer.concat([...this.#chunks, chunk.subarray(start, end)]);
    this.#chunks = [];
    return whole.toString("utf8");
  }
}
