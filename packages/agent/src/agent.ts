import type { Host } from "tau-host";
import { type ContextUsage, type DeliverAt, isTauError, type ModelChoice, type ThinkingLevel } from "tau-protocol";
import { type Clock, errorText } from "tau-rpc";
import type { Agent, AgentState, CompactOptions, SessionChoice, SessionView } from "./agent-api.ts";
import { createLoopPlace } from "./create-loop-place.ts";
import type { AgentEvent, EventHub } from "./events.ts";
import type { LoopPlace } from "./loop-place.ts";
import type { ModelUsage, UserMessage } from "./message.ts";
import type { ResolvedModel } from "./model/model.ts";
import { addUsage, NO_USAGE } from "./model/usage.ts";
import { openSession } from "./open-session.ts";
import { Prompts } from "./prompts.ts";
import { MessageQueue, type QueuedMessage } from "./queue.ts";
import { runBash } from "./run-bash.ts";
import { runInput } from "./run-input.ts";
import type { RunResult } from "./run-loop.ts";
import type { ServicePlace } from "./services/service-place.ts";
import type { SessionInfo } from "./session/list.ts";
import type { Session } from "./session/session.ts";
import type { SessionStore } from "./session/store.ts";
import { contextUsage, summarise } from "./summarise.ts";
import { ToolChoice } from "./tool-choice.ts";
import type { UserInterface } from "./user-interface.ts";
import { WorkSlot } from "./work-slot.ts";

export interface AgentParts {
  host: Host;
  hub: EventHub;
  clock: Clock;
  random: () => number;
  store: SessionStore;
  cwd: string;
  model: ResolvedModel;
  thinking: ThinkingLevel | undefined;
  user: UserInterface;
  maxTurns: number;
  modelBudgetTokens: number;
  systemPrompt: string;
  /** @throws TauError `unknown-model`, `missing-key` */
  resolveModel: (reference: string) => ResolvedModel;
}

export class AgentCore implements Agent {
  readonly host: Host;
  readonly services: ServicePlace;
  readonly #parts: AgentParts;
  readonly #queue = new MessageQueue();
  readonly #tools: ToolChoice;
  readonly #loop: LoopPlace;
  #session: Session;
  #model: ResolvedModel;
  #thinking: ThinkingLevel | undefined;
  readonly #slot = new WorkSlot();
  #started: "new" | "resume" | "fork" | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: AgentParts, session: Session) {
    this.#parts = parts;
    this.#session = session;
    this.#model = parts.model;
    this.#thinking = parts.thinking;
    this.host = parts.host;
    this.#tools = new ToolChoice(parts.host);
    const prompts = new Prompts(parts.user, parts.hub);
    this.#loop = createLoopPlace({
      ...parts,
      prompts,
      queue: this.#queue,
      toolChoice: this.#tools,
      session: () => this.#session,
      model: () => this.#model,
      thinking: () => this.#thinking,
    });
    this.services = {
      agent: this,
      loop: this.#loop,
      prompts,
      user: parts.user,
      modelBudgetTokens: parts.modelBudgetTokens,
      resolveModel: parts.resolveModel,
      deliver: (message, at) => this.#deliver(message, at),
      startRun: (message) => this.#startRun(message),
    };
  }

  static async open(parts: AgentParts, choice: SessionChoice): Promise<AgentCore> {
    const { session, reason } = await openSession(parts.store, choice);
    const agent = new AgentCore(parts, session);
    agent.#started = reason;
    return agent;
  }

  get state(): AgentState {
    return this.#slot.kind;
  }

  get session(): SessionView {
    return this.#session;
  }

  get model(): ModelChoice {
    const thinking = this.#thinking;
    return { model: this.#model.reference, ...(thinking === undefined ? {} : { thinking }) };
  }

  get queued(): number {
    return this.#queue.size;
  }

  start(): void {
    const reason = this.#started;
    this.#started = undefined;
    if (reason !== undefined) this.#parts.hub.emit("session_start", { sessionId: this.#session.id, reason });
  }

  prompt(text: string, { signal }: { signal?: AbortSignal } = {}): Promise<RunResult> {
    return this.#run({ role: "user", content: [{ type: "text", text }] }, { source: "user", signal });
  }

  steer(text: string): void {
    this.#say(text, "steer");
  }

  followUp(text: string): void {
    this.#say(text, "followUp");
  }

  abort(): void {
    this.#queue.clear();
    this.#slot.abort();
  }

  whenIdle(): Promise<void> {
    return this.#slot.whenIdle();
  }

  runBash(command: string, options: { signal?: AbortSignal } = {}): Promise<{ text: string; isError: boolean }> {
    return this.#slot.run("running", options.signal, (signal) =>
      runBash({ command, cwd: this.#parts.cwd, signal }, this.#loop),
    );
  }

  compact({ instructions, signal }: CompactOptions = {}): Promise<void> {
    return this.#slot.run("compacting", signal, (both) =>
      summarise({ reason: "asked", instructions, signal: both }, this.#loop),
    );
  }

  async setModel(reference: string, thinking?: ThinkingLevel): Promise<void> {
    const model = this.#parts.resolveModel(reference);
    const previous = this.#model.reference;
    this.#model = model;
    this.#thinking = thinking ?? this.#thinking;
    await this.#session.append({ type: "model", model: reference });
    if (thinking !== undefined) await this.#session.append({ type: "thinking", level: thinking });
    this.#parts.hub.emit("model_select", { model: reference, previous });
  }

  activeTools(): string[] {
    return this.#tools.offered().map(({ name }) => name);
  }

  setActiveTools(tools: readonly string[]): void {
    this.#tools.choose(tools);
  }

  contextUsage(): ContextUsage {
    return contextUsage(this.#loop);
  }

  usage(): ModelUsage {
    const messages = this.#session.entries().flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
    const answers = messages.flatMap((message) => (message.role === "assistant" ? [message.usage] : []));
    return answers.reduce((sum, usage) => addUsage(sum, usage), NO_USAGE);
  }

  async switchSession(choice: SessionChoice): Promise<void> {
    this.#slot.assertIdle();
    const { hub, store, host } = this.#parts;
    const { session, reason } = await openSession(store, choice);
    hub.emit("session_shutdown", { sessionId: this.#session.id, reason: "switch" });
    host.endSession();
    await this.#session.close();
    this.#session = session;
    hub.emit("session_start", { sessionId: session.id, reason });
  }

  rename(name: string): Promise<void> {
    return this.#session.rename(name);
  }

  listSessions(): Promise<SessionInfo[]> {
    return this.#parts.store.list();
  }

  on(listener: (event: AgentEvent) => void): () => void {
    return this.#parts.hub.on(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.abort();
    await this.whenIdle();
    this.#slot.close();
    this.#parts.hub.emit("session_shutdown", { sessionId: this.#session.id, reason: "quit" });
    await this.host.close();
    await this.#session.close();
  }

  // --- what it does ---

  #run(
    message: UserMessage,
    { source, signal }: { source: "user" | "extension"; signal?: AbortSignal | undefined },
  ): Promise<RunResult> {
    return this.#slot.run("running", signal, (both) => runInput({ message, source, signal: both }, this.#loop));
  }

  #say(text: string, at: DeliverAt): void {
    const message: UserMessage = { role: "user", content: [{ type: "text", text }] };
    if (this.#slot.kind === "idle") this.#startRun(message, "user");
    else this.#queue.add(message, at);
  }

  async #deliver(message: QueuedMessage, at: DeliverAt): Promise<void> {
    if (this.#slot.kind === "idle") await this.#loop.say(message);
    else this.#queue.add(message, at);
  }

  #startRun(message: UserMessage, source: "user" | "extension" = "extension"): void {
    this.#run(message, { source }).catch((error: unknown) => {
      const code = isTauError(error) ? { code: error.code } : {};
      this.#parts.hub.tell({ name: "problem", payload: { message: errorText(error), ...code } });
    });
  }
}
