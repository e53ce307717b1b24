import type { Agent } from "tau-agent";
import type { Colors } from "../terminal.ts";
import type { Suggestion } from "./input-line.ts";
import type { Questions } from "./questions.ts";

/** What a command of the terminal's own works with. */
export interface CommandPlace {
  readonly agent: Agent;
  readonly colors: Colors;
  readonly questions: Questions;
  /** Aborts when the conversation ends. */
  readonly signal: AbortSignal;
  readonly print: (lines: string | readonly string[]) => void;
  /** Shows how the conversation that the agent is in now ended so far. */
  showConversation(): void;
  quit(): void;
}

/** A `/name` of the terminal's own. */
export interface SlashCommand {
  /** Such as `[model]`; none where it takes nothing. */
  argument?: string;
  description: string;
  /** @throws what the agent says, which is shown */
  run: (place: CommandPlace, argument: string) => Promise<void> | void;
  /** What the argument could be. */
  complete?: (place: CommandPlace) => Promise<Completion[]> | Completion[];
}

export interface Completion {
  value: string;
  description?: string;
}

/** The line with one more word of it written out. */
export function suggest(before: string, { value, description }: Completion): Suggestion {
  const label = description === undefined ? value : `${value}  ${description}`;
  return { line: `${before}${value}`, label };
}
