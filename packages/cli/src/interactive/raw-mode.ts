import type { ReadStream } from "node:tty";

/** Bracketed paste on, and the title of the window kept for later. */
const ENTER = "\u001B[?2004h\u001B[22;0t";
/** All of it back, whatever else was on: a visible cursor, plain colours. */
const LEAVE = "\u001B[?2026l\u001B[0m\u001B[?25h\u001B[?2004l\u001B[23;0t";

export interface RawModeOptions {
  stdin: ReadStream;
  /** Writes at once: at the end of a process nothing else is written. */
  write: (text: string) => void;
  process: NodeJS.Process;
  /** Before the terminal is given back. */
  onLeave: () => void;
  /** When it is this program's again. */
  onEnter: () => void;
}

/**
 * A terminal that hands on each key. Gives it back as it was whatever happens: at the end, at an error that nobody caught, at Ctrl-Z
 * and `kill -TSTP`, after which `fg` takes it again. Only SIGKILL leaves it as it is; `reset` helps then.
 */
export class RawMode {
  readonly #options: RawModeOptions;
  #isOn = false;

  constructor(options: RawModeOptions) {
    this.#options = options;
  }

  enter(): void {
    const { process } = this.#options;
    process.on("exit", this.#leave);
    process.on("SIGTSTP", this.#onStop);
    process.on("SIGCONT", this.#onContinue);
    this.#take();
  }

  leave(): void {
    const { process } = this.#options;
    process.off("exit", this.#leave);
    process.off("SIGTSTP", this.#onStop);
    process.off("SIGCONT", this.#onContinue);
    this.#leave();
  }

  /** As the shell does it at Ctrl-Z: the whole job stops. Where no shell would let it go on, the system does not stop it. */
  suspend(): void {
    const { process } = this.#options;
    this.#leave();
    process.off("SIGTSTP", this.#onStop);
    process.kill(0, "SIGTSTP");
    // Here again after `fg`.
    process.on("SIGTSTP", this.#onStop);
    setImmediate(this.#onContinue);
  }

  readonly #onStop = (): void => this.suspend();

  readonly #onContinue = (): void => {
    this.#leave();
    this.#take();
  };

  readonly #leave = (): void => {
    if (!this.#isOn) return;
    this.#isOn = false;
    const { stdin, write, onLeave } = this.#options;
    onLeave();
    write(LEAVE);
    stdin.setRawMode(false);
    stdin.pause();
  };

  #take(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    const { stdin, write, onEnter } = this.#options;
    stdin.setRawMode(true);
    stdin.resume();
    write(ENTER);
    onEnter();
  }
}
