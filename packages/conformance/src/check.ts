import type { JsonObject } from "tau-protocol";
import type { Conversation } from "./conversation.ts";
import type { Transport } from "./subject.ts";

/** `basic`: what a host relies on, so every extension must do it. `full`: what an SDK does for its authors. */
export type Level = "basic" | "full";

/** One rule, or a few, held against a running extension. */
export interface Check {
  /** `group/name`, unique. */
  id: string;
  group: string;
  /** A sentence that says what must hold. */
  title: string;
  /** Rules of spec/protocol.md. */
  rules: readonly string[];
  level: Level;
  /** Whether it needs the tools of the reference extension of spec/transcripts/README.md. */
  needsReference: boolean;
  /** @throws CheckFailure when the extension breaks the rule */
  run: (stage: Stage) => Promise<void>;
}

export interface StartOptions {
  /** On top of what every process gets. */
  environment?: NodeJS.ProcessEnv;
  /** @default the one that is tested */
  transport?: Transport;
}

/** What a check has to work with. Whatever it starts is ended behind it. */
export interface Stage {
  /** A process that has not been spoken to. Its end is checked when the check has run, unless the check saw to that itself. */
  readonly start: (options?: StartOptions) => Promise<Conversation>;
  /** A process that has answered `hello`, and what it offered. */
  readonly greet: (hello?: JsonObject) => Promise<Conversation>;
  /** Whether every byte is to be tried where a sample does. */
  readonly isThorough: boolean;
}
