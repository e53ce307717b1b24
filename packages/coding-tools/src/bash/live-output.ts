import { StringDecoder } from "node:string_decoder";
import { plainText } from "./plain-text.ts";

/** Between two pieces of progress, in milliseconds: a person can't read faster. */
const PAUSE_MS = 100;

/** UTF-16 units in one piece, at most. */
const MAX_PIECE = 4096;

/** Shows what a command writes while it runs: only what is new, and no more than can be followed. */
export class LiveOutput {
  #show: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #waiting = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  push(chunk: Buffer): void {
    this.#waiting += this.#decoder.write(chunk);
    if (this.#waiting.length > 2 * MAX_PIECE) this.#waiting = shorten(this.#waiting);
    this.#timer ??= setTimeout(() => this.#flush(), PAUSE_MS);
  }

  /** Nothing is shown after this: the result has everything. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#show = () => undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    const text = plainText(shorten(this.#waiting));
    this.#waiting = "";
    if (text !== "") this.#show(text);
  }
}

function shorten(text: string): string {
  return text.length > MAX_PIECE ? `…\n${text.slice(2 - MAX_PIECE)}` : text;
}
