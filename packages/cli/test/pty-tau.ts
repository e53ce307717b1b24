import { fileURLToPath } from "node:url";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

/** Beyond this, what is awaited does not come, in milliseconds. Tests have 60 s, for several of them. */
const PATIENCE_MS = 15_000;

/** How long the last output may take after the end of the program, in milliseconds. */
const LAST_WORDS_MS = 200;

/** What a terminal sends for keys. */
export const KEYS = {
  enter: "\r",
  altEnter: "\u001B\r",
  newline: "\n",
  escape: "\u001B",
  tab: "\t",
  up: "\u001B[A",
  down: "\u001B[B",
  left: "\u001B[D",
  home: "\u001B[H",
  backspace: "\u007F",
  ctrlC: "\u0003",
  ctrlD: "\u0004",
  ctrlL: "\f",
  ctrlU: "\u0015",
  ctrlW: "\u0017",
  ctrlZ: "\u001A",
} as const;

export interface PtyOptions {
  cwd: string;
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
  /** @default the built tau */
  program?: readonly [string, ...string[]];
}

/** The built `tau` in a terminal: keys go in, and what stands on the screen can be read. */
export class PtyTau implements AsyncDisposable {
  readonly terminal: xterm.Terminal;
  readonly finished: Promise<number>;
  /** All that was written. */
  raw = "";
  readonly #pty: IPty;
  readonly #changed = new Set<() => void>();
  #isOver = false;

  constructor(args: readonly string[], { cwd, env = {}, columns = 80, rows = 24, program }: PtyOptions) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 2000 });
    const [file, ...before] = program ?? [process.execPath, BIN];
    this.#pty = spawn(file, [...before, ...args], {
      name: "xterm-256color",
      cols: columns,
      rows,
      cwd,
      env: { ...process.env, CI: "", ...env } as Record<string, string>,
    });
    this.#pty.onData((data) => {
      this.raw += data;
      this.terminal.write(data, () => this.#tell());
    });
    // A terminal answers some questions.
    this.terminal.onData((data) => this.#pty.write(data));
    this.finished = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        // What was written last may come after the end.
        setTimeout(() => {
          this.#isOver = true;
          this.#tell();
          resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal);
        }, LAST_WORDS_MS);
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Types; each argument arrives by itself. */
  type(...texts: string[]): void {
    for (const text of texts) this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The lines from a row on, without blanks at their ends: what the terminal has wrapped is one line. */
  #lines(from: number): string[] {
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let row = from; row < active.length; row++) {
      const line = active.getLine(row);
      const isWhole = active.getLine(row + 1)?.isWrapped !== true;
      const text = line?.translateToString(isWhole) ?? "";
      if (line?.isWrapped === true && lines.length > 0) lines.push(`${lines.pop()}${text}`);
      else lines.push(text);
    }
    return lines;
  }

  /** What can be seen now. */
  get screen(): string {
    return this.#lines(this.terminal.buffer.active.baseY).join("\n").trimEnd();
  }

  get all(): string {
    return this.#lines(0).join("\n").trimEnd();
  }

  /** Resolves when the screen and what has scrolled away fit. */
  until(fits: RegExp | ((tau: this) => boolean)): Promise<void> {
    const isSo = (): boolean => (fits instanceof RegExp ? fits.test(this.all) : fits(this));
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (isSo()) end(resolve);
        else if (this.#isOver) end(() => fail("tau ended"));
      };
      const fail = (why: string): void => reject(new Error(`Expected ${String(fits)}, but ${why}:\n${this.all}`));
      const end = (settle: () => void): void => {
        clearTimeout(deadline);
        this.#changed.delete(check);
        settle();
      };
      const deadline = setTimeout(() => end(() => fail("it did not come")), PATIENCE_MS);
      this.#changed.add(check);
      check();
    });
  }

  /** Resolves when the line can be typed in. */
  ready(): Promise<void> {
    return this.until(({ screen }) => /^›/m.test(screen) && /\n.*(full|tokens)/.test(screen));
  }

  kill(signal: string): void {
    this.#pty.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#pty.kill("SIGKILL");
    await this.finished;
    this.terminal.dispose();
  }

  #tell(): void {
    for (const check of this.#changed) check();
  }
}
