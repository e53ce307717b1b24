import { writeSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import type { Clock } from "tau-rpc";
import { tauHome } from "../discovery/places.ts";
import type { Colors } from "../terminal.ts";
import { completeLine } from "./complete-line.ts";
import type { Conversation } from "./conversation.ts";
import { Display } from "./display.ts";
import { footer } from "./footer.ts";
import { History } from "./history.ts";
import { InputLine } from "./input-line.ts";
import type { InputMode } from "./input-mode.ts";
import { type Key, readKeys } from "./keys.ts";
import { Questions } from "./questions.ts";
import { RawMode } from "./raw-mode.ts";
import { TerminalUser } from "./terminal-user.ts";

export interface ConsoleOptions {
  stdin: ReadStream;
  stdout: WriteStream;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  colors: Colors;
  quit: () => void;
}

const STDOUT = 1;

/** Where the terminal does not say how large it is. */
const SIZE = { columns: 80, rows: 24 };

/** The title as it was before, kept for the next time. */
const TITLE_BACK = "\u001B[23;0t\u001B[22;0t";

/** The terminal with all that is in it: what is shown, the line to type in, the questions. */
export class Console {
  readonly display: Display;
  readonly line: InputLine;
  readonly questions: Questions;
  readonly user: TerminalUser;
  readonly history: History;
  readonly quit: () => void;
  readonly #options: ConsoleOptions;
  readonly #rawMode: RawMode;
  #question: InputMode | undefined;
  #conversation: Conversation | undefined;
  /** Said before the agent was there. */
  #early: { text: string; how: "now" | "afterwards" }[] = [];
  #stopReading: () => void = () => {};

  constructor(options: ConsoleOptions) {
    this.#options = options;
    const { stdin, stdout, env, clock, colors, quit } = options;
    const write = (text: string): void => void stdout.write(text);
    this.quit = quit;
    this.history = new History(tauHome(env), process.cwd());
    this.display = new Display({
      write,
      size: () => ({ columns: stdout.columns || SIZE.columns, rows: stdout.rows || SIZE.rows }),
      clock,
      paintHint: colors.dim,
      footer: () => footer(this.#conversation?.agent, this.user.statuses),
    });
    this.questions = new Questions({
      colors,
      clock,
      isTyping: () => this.line.text !== "",
      show: (mode) => this.#ask(mode),
      record: (text) => this.display.print(text),
    });
    this.user = new TerminalUser({
      display: this.display,
      questions: this.questions,
      colors,
      setTitle: (text) => write(text === undefined ? TITLE_BACK : `\u001B]0;${text}\u0007`),
    });
    this.line = this.#makeLine();
    this.#rawMode = new RawMode({
      stdin,
      // At the end of the process nothing is written that is not written at once.
      write: (text) => void writeSync(STDOUT, text),
      process,
      onLeave: () => this.display.leave(),
      onEnter: () => this.display.enter(),
    });
  }

  async open(): Promise<void> {
    const { stdin, stdout } = this.#options;
    await this.history.load();
    this.display.setMode(this.line);
    this.#stopReading = readKeys(stdin, this.#key);
    stdout.on("resize", this.#onResize);
    this.#rawMode.enter();
  }

  close(): void {
    this.#options.stdout.off("resize", this.#onResize);
    this.#stopReading();
    this.display.close();
    this.#rawMode.leave();
  }

  /** From now on what is typed is said to the agent. */
  attach(conversation: Conversation): void {
    this.#conversation = conversation;
    for (const { text, how } of this.#early.splice(0)) conversation.submit(text, how);
    this.display.refresh();
  }

  readonly #onResize = (): void => this.display.refresh();

  readonly #key = (key: Key): void => {
    if (key.kind === "key" && key.name === "suspend") return this.#rawMode.suspend();
    if (key.kind === "key" && key.name === "redraw") return this.display.redraw();
    if (this.#question !== undefined && key.kind === "key" && key.name === "interrupt") {
      // Whoever ends what the question belongs to does not want it either.
      this.#question.key({ kind: "key", name: "escape" });
      this.#conversation?.abort();
    } else (this.#question ?? this.line).key(key);
    return this.display.refresh();
  };

  #ask(mode: InputMode | undefined): void {
    this.#question = mode;
    this.display.setMode(mode ?? this.line, { isQuestion: mode !== undefined });
  }

  #makeLine(): InputLine {
    const { clock, colors } = this.#options;
    return new InputLine({
      history: this.history,
      isBusy: () => this.#conversation?.isBusy ?? false,
      onSubmit: (text, how) => {
        if (this.#conversation === undefined) this.#early.push({ text, how });
        else this.#conversation.submit(text, how);
      },
      onAbort: () => this.#conversation?.abort(),
      onQuit: this.quit,
      complete: async (line) => (this.#conversation === undefined ? [] : completeLine(line, this.#conversation)),
      onChange: () => this.display.refresh(),
      now: () => clock.now(),
      paintHint: colors.dim,
      paintMark: colors.cyan,
    });
  }
}
