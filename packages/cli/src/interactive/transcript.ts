import type { AgentEvent, AgentMessage } from "tau-agent";
import type { JsonObject, ToolResult } from "tau-protocol";
import { plain, PlainFilter } from "../plain-text.ts";
import { textOf } from "../print-result.ts";
import type { Colors } from "../terminal.ts";
import type { Display } from "./display.ts";
import { MarkdownPaint } from "./markdown-paint.ts";
import { describeCall, showEnd, showMessage } from "./show-message.ts";

/** Of a running tool's last words, rows that are shown. */
const PROGRESS_ROWS = 3;

type PayloadOf<Name extends AgentEvent["name"]> = Extract<AgentEvent, { name: Name }>["payload"];

/** Shows what happens in the agent, as it happens. */
export class Transcript {
  readonly #display: Display;
  readonly #colors: Colors;
  /** What tools were called with, by the calls' ids. */
  readonly #inputs = new Map<string, JsonObject>();
  #filter = new PlainFilter();
  #markdown: MarkdownPaint;
  /** What stands above is a tool's. */
  #isBelowTool = false;
  /** What was said while the agent worked, and is not in the conversation yet. */
  #waiting: string[] = [];
  /** The next message of the user's was told already. */
  #isNextTold = false;
  /** What the last answer broke on: the run's result says the same. */
  #lastError: string | undefined;

  constructor(display: Display, colors: Colors) {
    this.#display = display;
    this.#colors = colors;
    this.#markdown = new MarkdownPaint(colors);
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** A conversation that was had before, or the end of it. */
  showPast(messages: readonly AgentMessage[], count: number): void {
    for (const message of messages) this.#learn(message);
    const shown = messages.slice(-count);
    const left = messages.length - shown.length;
    if (left > 0) this.#display.print(this.#colors.dim(`… ${left} earlier messages`));
    for (const message of shown) this.#show(message);
  }

  /** Said, and waiting until the agent heeds it. */
  addWaiting(text: string): void {
    this.#waiting.push(text);
    this.#showWaiting();
  }

  /** Nothing waits any more. Answers what did. */
  takeWaiting(): string[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#showWaiting();
    return waiting;
  }

  /** The next message of the user's is only for the model: its content was shown already. */
  skipNext(): void {
    this.#isNextTold = true;
  }

  hear(event: AgentEvent): void {
    const show = this.#shows[event.name] as ((payload: AgentEvent["payload"]) => void) | undefined;
    show?.(event.payload);
  }

  /** What is not here is not for the eyes. */
  readonly #shows: { [Name in AgentEvent["name"]]?: (payload: PayloadOf<Name>) => void } = {
    agent_start: () => {
      this.#lastError = undefined;
      this.#display.setActivity("working");
    },
    agent_end: () => this.#display.setActivity(undefined),
    message_update: ({ delta }) => {
      if (delta.type === "text") this.#write(delta.text);
    },
    thinking_update: () => this.#display.setActivity("thinking"),
    message_end: ({ role }) => {
      if (role === "assistant") this.#endAnswer();
    },
    message_added: ({ message }) => this.#add(message),
    tool_execution_start: ({ callId, tool, input }) => {
      this.#inputs.set(callId, input);
      this.#showCall(callId, tool, []);
    },
    tool_execution_update: ({ callId, tool, partial }) => this.#showCall(callId, tool, lastRows(partial)),
    tool_execution_end: ({ callId }) => this.#display.setPart(`call:${callId}`, []),
    session_compact: ({ tokensBefore, tokensAfter }) =>
      this.#display.print(this.#colors.dim(`Summarised: ${tokensBefore} tokens became ${tokensAfter}.`)),
    retry: ({ delayMs, error }) => {
      const seconds = (delayMs / 1000).toFixed(1);
      this.#display.print(this.#colors.dim(`${plain(error)} Trying again in ${seconds} s.`));
    },
    problem: ({ message }) => this.#display.print(`${this.#colors.yellow("warning:")} ${plain(message)}`),
  };

  #write(text: string): void {
    this.#display.setActivity("working");
    if (this.#isBelowTool) this.#display.print("");
    this.#isBelowTool = false;
    this.#display.stream(this.#filter.add(text), this.#paint);
  }

  readonly #paint = (line: string): string => this.#markdown.line(line);

  #endAnswer(): void {
    const rest = this.#filter.end();
    if (rest !== "") this.#display.stream(rest, this.#paint);
    this.#filter = new PlainFilter();
    this.#display.endStream();
    this.#markdown = new MarkdownPaint(this.#colors);
  }

  #add(message: AgentMessage): void {
    this.#learn(message);
    if (message.role === "user") {
      this.#waiting.shift();
      this.#showWaiting();
    }
    if (message.role === "user" && this.#isNextTold) this.#isNextTold = false;
    else if (message.role === "assistant") {
      // Its text stands there since it was streamed.
      this.#display.print(showEnd(message, this.#colors));
      this.#lastError = message.error;
    } else this.#show(message);
  }

  #learn(message: AgentMessage): void {
    if (message.role !== "assistant") return;
    for (const part of message.content) if (part.type === "toolCall") this.#inputs.set(part.callId, part.input);
  }

  #show(message: AgentMessage): void {
    this.#isBelowTool = message.role === "tool";
    const lines = showMessage(message, this.#colors, (callId) => this.#inputs.get(callId));
    this.#display.print(lines);
  }

  #showCall(callId: string, tool: string, progress: readonly string[]): void {
    const title = `◌ ${describeCall(tool, this.#inputs.get(callId))}`;
    this.#display.setPart(`call:${callId}`, [title, ...progress.map((row) => `  ${row}`)]);
  }

  #showWaiting(): void {
    this.#display.setPart(
      "waiting",
      this.#waiting.map((text) => `› ${plain(text).replaceAll("\n", " ")} (waiting)`),
    );
  }
}

function lastRows({ content }: ToolResult): string[] {
  const text = plain(content.map(textOf).join("\n")).trimEnd();
  return text === "" ? [] : text.split("\n").slice(-PROGRESS_ROWS);
}
