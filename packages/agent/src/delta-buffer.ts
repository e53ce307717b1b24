import type { Clock, Timer } from "tau-rpc";

/** A piece of this length goes at once: the envelope is a small part of it then. */
const FULL_LENGTH = 400;

/** Nobody waits longer for a piece that is shorter, in milliseconds. */
const MAX_WAIT_MS = 50;

/**
 * Puts a model's tokens together on their way to the extensions. One by one, each of a few characters in an envelope of 150, ten
 * extensions would be sent a hundred times the text.
 */
export class DeltaBuffer {
  #text = "";
  #timer: Timer | undefined;
  readonly #clock: Clock;
  readonly #send: (text: string) => void;

  constructor(clock: Clock, send: (text: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= FULL_LENGTH) this.flush();
    else this.#timer ??= this.#clock.setTimeout(() => this.flush(), MAX_WAIT_MS);
  }

  flush(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#send(text);
  }
}
