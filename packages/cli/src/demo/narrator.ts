import { CliError } from "../errors.ts";
import type { Terminal } from "../terminal.ts";

const LABEL_WIDTH = 18;

/** Tells the tour, and holds every step against what it should be. */
export class Narrator {
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  #chapter = 0;
  #checks = 0;

  constructor(terminal: Terminal, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#signal = signal;
  }

  get checks(): number {
    return this.#checks;
  }

  /** Begins a chapter: what the reader is about to see, and why it matters. */
  chapter(title: string, ...why: readonly string[]): void {
    this.#signal.throwIfAborted();
    this.#chapter += 1;
    const { bold, cyan, dim } = this.#terminal.colors;
    this.#terminal.print(`\n${cyan(String(this.#chapter))}  ${bold(title)}`);
    for (const line of why) this.#terminal.print(`   ${dim(line)}`);
    this.#terminal.print("");
  }

  /** One line: who or what, and the text, whose further lines are indented. */
  line(label: string, text: string): void {
    const { cyan } = this.#terminal.colors;
    const [first = "", ...rest] = text.split("\n");
    this.#terminal.print(`   ${cyan(label.padEnd(LABEL_WIDTH))}${first}`);
    for (const more of rest) this.#terminal.print(`   ${" ".repeat(LABEL_WIDTH)}${more}`);
  }

  /** Plain text, indented. */
  text(text: string): void {
    for (const line of text.split("\n")) this.#terminal.print(line === "" ? "" : `   ${line}`);
  }

  /** Says that something is as it should be, after making sure that it is. */
  proves(holds: boolean, claim: string, got?: unknown): void {
    this.expect(holds, claim, got);
    this.text(`${this.#terminal.colors.green("✓")} ${claim}`);
  }

  /** @throws CliError when something is not as it should be */
  expect(holds: boolean, claim: string, got?: unknown): void {
    this.#checks += 1;
    if (holds) return;
    const instead = got === undefined ? "" : ` Got: ${typeof got === "string" ? got : JSON.stringify(got)}`;
    throw new CliError(`Chapter ${this.#chapter} of the tour expected this to be true: ${claim}.${instead}`);
  }
}
