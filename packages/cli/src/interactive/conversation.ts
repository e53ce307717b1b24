import type { Agent, RunResult } from "tau-agent";
import { plain } from "../plain-text.ts";
import type { Colors } from "../terminal.ts";
import type { Display } from "./display.ts";
import type { History } from "./history.ts";
import { OWN_COMMANDS } from "./own-commands.ts";
import type { Questions } from "./questions.ts";
import type { CommandPlace } from "./slash-command.ts";
import type { Transcript } from "./transcript.ts";

export interface ConversationOptions {
  agent: Agent;
  display: Display;
  transcript: Transcript;
  questions: Questions;
  history: History;
  colors: Colors;
  /** Aborts when the conversation ends. */
  signal: AbortSignal;
  quit: () => void;
  /** Shows what went wrong. */
  fail: (error: unknown) => void;
  /** Puts what was typed back into the line. */
  giveBack: (text: string) => void;
}

/** Messages of an earlier conversation that are shown. */
const MAX_PAST = 20;

/** What becomes of what the user types: a message, a command of tau's or an extension's, a command for the shell. */
export class Conversation implements CommandPlace {
  readonly agent: Agent;
  readonly colors: Colors;
  readonly questions: Questions;
  readonly signal: AbortSignal;
  readonly quit: () => void;
  readonly #options: ConversationOptions;
  /** Commands that run: Esc ends them too. */
  readonly #commands = new Set<AbortController>();

  constructor(options: ConversationOptions) {
    this.#options = options;
    ({
      agent: this.agent,
      colors: this.colors,
      questions: this.questions,
      signal: this.signal,
      quit: this.quit,
    } = options);
  }

  get isBusy(): boolean {
    return this.agent.state === "running" || this.agent.state === "compacting" || this.#commands.size > 0;
  }

  submit(text: string, how: "now" | "afterwards"): void {
    const { history, fail } = this.#options;
    history.add(text).catch(fail);
    const line = text.trim();
    // A path is no command.
    const [, name, argument = ""] = /^\/([A-Za-z][\w-]*)(?:\s+(.*))?$/s.exec(line) ?? [];
    if (name !== undefined) this.#run(text, (signal) => this.#command(name, argument.trim(), signal));
    else if (/^!\s*\S/.test(line)) this.#run(text, (signal) => this.#shell(line.slice(1).trim(), signal));
    else this.#say(text, how);
  }

  /** Ends what the agent does, and the commands. What was said meanwhile comes back to the line. */
  readonly abort = (): void => {
    for (const controller of this.#commands) controller.abort();
    const waiting = this.#options.transcript.takeWaiting();
    if (waiting.length > 0) this.#options.giveBack(waiting.join("\n"));
    this.agent.abort();
  };

  readonly print = (lines: string | readonly string[]): void => this.#options.display.print(lines);

  showConversation(): void {
    const { session } = this.agent;
    this.print(this.colors.dim(`— ${plain(session.name ?? session.id)} —`));
    this.#options.transcript.showPast(session.messages(), MAX_PAST);
  }

  #say(text: string, how: "now" | "afterwards"): void {
    const { transcript, display, fail } = this.#options;
    if (this.agent.state !== "idle") {
      transcript.addWaiting(text);
      if (how === "now") this.agent.steer(text);
      else this.agent.followUp(text);
      return;
    }
    // The extensions see it first, which may take a while.
    display.setActivity("working");
    this.agent
      .prompt(text, { signal: this.signal })
      .then((result) => this.#tellEnd(result))
      .catch(fail)
      .finally(() => this.#settle());
  }

  #tellEnd({ stopReason, error, turns }: RunResult): void {
    const { transcript, display, fail } = this.#options;
    if (error !== undefined && error.message !== transcript.lastError) fail(error);
    if (stopReason === "max-turns")
      display.print(this.colors.yellow(`The model was asked ${turns} times and is not done.`));
  }

  #run(text: string, work: (signal: AbortSignal) => Promise<void> | void): void {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, this.signal]);
    this.#commands.add(controller);
    this.print(["", this.colors.bold(`› ${plain(text).replaceAll("\n", "\n  ")}`)]);
    Promise.resolve()
      .then(() => work(signal))
      .catch((error: unknown) => {
        // Whoever ended it knows.
        if (!signal.aborted) this.#options.fail(error);
      })
      .finally(() => {
        this.#commands.delete(controller);
        this.#settle();
      });
  }

  async #command(name: string, argument: string, signal: AbortSignal): Promise<void> {
    const own = OWN_COMMANDS.get(name);
    this.#options.display.setActivity(`/${name}`);
    if (own === undefined) {
      await this.agent.host.runCommand(name, argument, { signal });
    } else await own.run(this, argument);
  }

  async #shell(command: string, signal: AbortSignal): Promise<void> {
    const { display, transcript } = this.#options;
    display.setActivity(command.replaceAll("\n", " "));
    transcript.skipNext();
    const { text, isError } = await this.agent.runBash(command, { signal });
    display.print(
      plain(text)
        .trimEnd()
        .split("\n")
        .map((line) => (isError ? this.colors.yellow(line) : line)),
    );
  }

  /** Shows what goes on now: one thing may have ended while another does not. */
  #settle(): void {
    if (!this.isBusy) this.#options.display.setActivity(undefined);
  }
}
