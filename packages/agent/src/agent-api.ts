import type { Host, HostOptions } from "tau-host";
import type { ContextUsage, JsonObject, ModelChoice, ThinkingLevel } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { AgentEvent } from "./events.ts";
import type { AgentMessage, ModelUsage } from "./message.ts";
import type { OfflineScript } from "./model/script.ts";
import type { RunResult } from "./run-loop.ts";
import type { Entry } from "./session/entry.ts";
import type { SessionInfo } from "./session/list.ts";
import type { UserInterface } from "./user-interface.ts";

/** Which conversation to work in. */
export type SessionChoice =
  | { kind: "new"; name?: string }
  /** The one of this directory that was written to last. */
  | { kind: "continue" }
  /** By its id, or the beginning of it. */
  | { kind: "resume"; id: string }
  /** A new one that begins as another did, up to an entry. */
  | { kind: "fork"; id: string; atEntry?: string }
  /** Kept nowhere. */
  | { kind: "memory" };

export interface AgentOptions {
  /** @default process.cwd() */
  cwd?: string;
  /** Where keys, addresses and TAU_HOME are taken from. @default process.env */
  environment?: NodeJS.ProcessEnv;
  /** `provider/model`. @default "offline/scripted" */
  model?: string;
  /** @default as the provider has it */
  thinking?: ThinkingLevel;
  /** @default a short one that names the working directory */
  systemPrompt?: string;
  /** Calls of the model in one run, at most. @default 100 */
  maxTurns?: number;
  /** Tokens that one extension may use of the model in a session. @default 1000000 */
  modelBudgetTokens?: number;
  /** @default nobody: prompts are answered `unavailable`, and a gate that asks blocks */
  user?: UserInterface;
  /** @default { kind: "new" } */
  session?: SessionChoice;
  /** @default $TAU_HOME/sessions, or ~/.tau/sessions */
  sessionDir?: string;
  /** Values of the command line's flags that are not the agent's own. @default {} */
  flags?: JsonObject;
  /** What `offline/scripted` says. */
  script?: OfflineScript;
  /** For the host. `services`, `flags`, `cwd` and `environment` are the agent's; extensions start lazily unless it says otherwise. */
  host?: Omit<HostOptions, "services" | "flags" | "cwd" | "environment" | "clock" | "random">;
  /** @default the global one */
  fetch?: typeof globalThis.fetch;
  /** @default the machine's */
  clock?: Clock;
  /** Between 0 and 1; spreads retries. @default Math.random */
  random?: () => number;
}

/** The conversation that an agent works in. */
export interface SessionView {
  readonly id: string;
  readonly name: string | undefined;
  /** Absent when it is kept nowhere. */
  readonly path: string | undefined;
  /** Every entry, oldest first. */
  entries(): readonly Entry[];
  messages(): AgentMessage[];
}

/** What it does at the moment. */
export type AgentState = "idle" | "running" | "compacting" | "closed";

export interface CompactOptions {
  /** What the summary should heed. */
  instructions?: string;
  signal?: AbortSignal;
}

/** A turn loop around a model, with extensions. Made by `createAgent`. */
export interface Agent extends AsyncDisposable {
  /** Load extensions with `agent.host.load`, then call `start`. */
  readonly host: Host;
  readonly state: AgentState;
  readonly session: SessionView;
  readonly model: ModelChoice;
  /** Tells the extensions that the session begins. Once, after they were loaded. */
  start(): void;
  /**
   * Works on what the user says until it is done. Never rejects but for a call that is out of place.
   * @throws TauError `invalid-request` while it works on something else: `steer` and `followUp` are for that
   */
  prompt(text: string, options?: { signal?: AbortSignal }): Promise<RunResult>;
  /** Said before the model's next call, while the agent runs; starts a run where it does not. */
  steer(text: string): void;
  /** Said when the agent would be done; starts a run where it does not run. */
  followUp(text: string): void;
  /** What waits to be said. */
  readonly queued: number;
  /** Ends what it does. What was said meanwhile is given up too. */
  abort(): void;
  /** Resolves when it does nothing. */
  whenIdle(): Promise<void>;
  /** Runs a command of the user's own with the tool `bash`, where the `user_bash` gates let it. The model sees the outcome. */
  runBash(command: string, options?: { signal?: AbortSignal }): Promise<{ text: string; isError: boolean }>;
  /** Puts a summary in the place of all but the end of the conversation. @throws TauError; the conversation is as it was then */
  compact(options?: CompactOptions): Promise<void>;
  /** From the next turn on. @throws TauError `unknown-model`, `missing-key` */
  setModel(model: string, thinking?: ThinkingLevel): Promise<void>;
  /** Names of the tools that the model is offered. */
  activeTools(): string[];
  /** From the next turn on. @throws TauError `unknown-tool` */
  setActiveTools(tools: readonly string[]): Promise<void>;
  contextUsage(): ContextUsage;
  /** Of the whole session, as far as providers have told. */
  usage(): ModelUsage;
  /** Goes over to another conversation. @throws TauError `invalid-request` while it runs, and what the sessions say */
  switchSession(choice: SessionChoice): Promise<void>;
  rename(name: string): Promise<void>;
  /** Sessions of the working directory, newest first. */
  listSessions(): Promise<SessionInfo[]>;
  on(listener: (event: AgentEvent) => void): () => void;
  /** Ends what it does and all extensions. May be called more than once. */
  close(): Promise<void>;
}
