import type {
  ContextUsage,
  DeliverAt,
  GenerateParams,
  GenerateResult,
  JsonObject,
  JsonValue,
  ModelChoice,
  ThinkingLevel,
  ToolResult,
} from "tau-protocol";

/**
 * What an extension can ask of the agent. On a context it belongs to the call, hook or command that the context is of: it is given up
 * with it, and its clock stands still while the user is asked. All of it rejects with a TauError `unavailable` where the host has
 * nothing that could answer.
 */
export interface Asking {
  readonly ui: Ui;
  readonly model: Model;
  readonly session: Session;
  /**
   * Runs any tool of any extension, through the same hooks as a call of the model's.
   * @throws TauError `unknown-tool`, `invalid-arguments`, `denied` when a hook blocks it, `tool-failed` …
   */
  callTool(tool: string, args?: JsonObject, options?: CallToolOptions): Promise<ToolResult>;
}

export interface AskOptions {
  /** Takes the question back. */
  signal?: AbortSignal;
}

export interface CallToolOptions extends AskOptions {
  onProgress?: (partial: ToolResult) => void;
}

/**
 * The user. Prompts wait for an answer; one that is dismissed answers `undefined`, which is not a yes.
 * @throws TauError `unavailable` where there is no user
 */
export interface Ui {
  confirm(title: string, options?: AskOptions & { message?: string }): Promise<boolean | undefined>;
  /** Answers the chosen option's `value`. */
  select(title: string, choices: readonly (string | Choice)[], options?: AskOptions): Promise<string | undefined>;
  /** `secret` does not show what is typed. */
  input(title: string, options?: AskOptions & InputOptions): Promise<string | undefined>;
  /** A text of several lines. */
  editor(title: string, options?: AskOptions & { initial?: string }): Promise<string | undefined>;
  /** Shown once. Dropped where nothing can show it, as all that follow are. */
  notify(message: string, level?: "info" | "warn" | "error"): void;
  /** A short text that stays, by `key`, until it is replaced or taken away by leaving `text` out. */
  setStatus(key: string, text?: string): void;
  /** Lines that stay, as above. */
  setWidget(key: string, lines?: readonly string[]): void;
  setTitle(text?: string): void;
}

export interface Choice {
  value: string;
  label?: string;
  description?: string;
}

export interface InputOptions {
  placeholder?: string;
  initial?: string;
  /** @default false */
  secret?: boolean;
}

/** The agent's model. What it costs counts against this extension's budget. */
export interface Model {
  /**
   * @param request a prompt, or a whole conversation
   * @throws TauError `denied` when the budget is used up; what the provider said
   */
  generate(
    request: string | Omit<GenerateParams, "meta">,
    options?: AskOptions,
  ): Promise<GenerateResult & { text: string }>;
}

/** The conversation as the agent keeps it. */
export interface Session {
  /** Every entry, oldest first. `after` is the id of the last one seen. */
  entries(after?: string): Promise<JsonObject[]>;
  /** The entries that lead to the present: without branches that were left. */
  branch(after?: string): Promise<JsonObject[]>;
  getName(): Promise<string | undefined>;
  setName(name: string): Promise<void>;
}

export interface AgentControl {
  getActiveTools(): Promise<string[]>;
  /** Offers these tools only, from the next turn on. */
  setActiveTools(tools: readonly string[]): Promise<void>;
  getModel(): Promise<ModelChoice>;
  /** `provider/model`, from the next turn on. */
  setModel(model: string, thinking?: ThinkingLevel): Promise<void>;
  getContextUsage(): Promise<ContextUsage>;
  /** Ends what the agent does at the moment. */
  abort(): Promise<void>;
  /** Summarises the conversation. Resolves when that is done. */
  compact(instructions?: string): Promise<void>;
  /** Reloads an extension. @default this one */
  reload(extension?: string): Promise<void>;
}

/** What extensions say to each other. Nobody waits for anybody. */
export interface Bus {
  /** Heard by the others that listen on the channel. */
  emit(channel: string, data: JsonValue): void;
  /** Only during setup. */
  on(channel: string, handler: (data: JsonValue) => void | Promise<void>): void;
}

export interface UserMessageOptions {
  /** While the agent runs: `steer` before its next step, `followUp` after it has finished. @default "followUp" */
  deliver?: DeliverAt;
}

export interface MessageOptions extends UserMessageOptions {
  /** For programs; not shown to the model. */
  details?: JsonValue;
  /** @default true */
  visibleToModel?: boolean;
}
