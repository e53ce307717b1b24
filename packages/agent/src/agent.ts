import type { Host } from "tau-host";
import type { ContextUsage, DeliverAt, ModelChoice, ThinkingLevel } from "tau-protocol";
import type { Agent, AgentState, CompactOptions, SessionChoice, SessionView } from "./agent-api.ts";
import type { AgentParts } from "./agent-parts.ts";
import { asTauError } from "./as-tau-error.ts";
import { Choices } from "./choices.ts";
import { createLoopPlace } from "./create-loop-place.ts";
import type { AgentEvent } from "./events.ts";
import type { LoopPlace } from "./loop-place.ts";
import type { ModelUsage, UserMessage } from "./message.ts";
import { addUsage, NO_USAGE } from "./model/usage.ts";
import { openSession } from "./open-session.ts";
import { Prompts } from "./prompts.ts";
import { MessageQueue, type Saying } from "./queue.ts";
import { runBash } from "./run-bash.ts";
import { runInput } from "./run-input.ts";
import type { RunResult } from "./run-loop.ts";
import type { Input } from "./sayings.ts";
import type { ServicePlace } from "./services/service-place.ts";
import type { SessionInfo } from "./session/list.ts";
import type { Session } from "./session/session.ts";
import { contextUsage, summarise } from "./summarise.ts";
import { WorkSlot } from "./work-slot.ts";

export class AgentCore implements Agent {
  readonly host: Host;
  readonly services: ServicePlace;
  readonly #parts: AgentParts;
  readonly #queue = new MessageQueue();
  readonly #choices: Choices;
  readonly #loop: LoopPlace;
  readonly #slot = new WorkSlot(() => this.#goOn());
  #session: Session;
  #started: "new" | "resume" | "fork" | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: AgentParts, session: Session) {
    this.#parts = parts;
    this.#session = session;
    this.host = parts.host;
    this.#choices = new Choices({ ...parts, session: () => this.#session });
    const prompts = new Prompts(parts.user, parts.hub);
    this.#loop = createLoopPlace({
      ...parts,
      prompts,
      queue: this.#queue,
      choices: this.#choices,
      session: () => this.#session,
    });
    this.services = {
      agent: this,
      loop: this.#loop,
      prompts,
      user: parts.user,
      modelBudgetTokens: parts.modelBudgetTokens,
      resolveModel: parts.resolveModel,
      say: (saying, at) => this.#say(saying, at),
    };
  }

  static async open(parts: AgentParts, choice: SessionChoice): Promise<AgentCore> {
    const { session, reason } = await openSession(parts.store, choice);
    const agent = new AgentCore(parts, session);
    agent.#started = reason;
    try {
      agent.#choices.restore({ ...session.settings(), ...parts.given });
      return agent;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get state(): AgentState {
    return this.#slot.kind;
  }

  get session(): SessionView {
    return this.#session;
  }

  get model(): ModelChoice {
    return this.#choices.modelChoice;
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
    return this.#run({ message: userMessage(text), source: "user" }, signal);
  }

  steer(text: string): void {
    this.#sayLater({ message: userMessage(text), source: "user" }, "steer");
  }

  followUp(text: string): void {
    this.#sayLater({ message: userMessage(text), source: "user" }, "followUp");
  }

  abort(): void {
    this.#queue.takeAll();
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

  setModel(model: string, thinking?: ThinkingLevel): Promise<void> {
    return this.#choices.chooseModel(model, thinking);
  }

  activeTools(): string[] {
    return this.#choices.offered().map(({ name }) => name);
  }

  setActiveTools(tools: readonly string[]): Promise<void> {
    return this.#choices.chooseTools(tools);
  }

  contextUsage(): ContextUsage {
    return contextUsage(this.#loop);
  }

  usage(): ModelUsage {
    const messages = this.#session.entries().flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
    const answers = messages.flatMap((message) => (message.role === "assistant" ? [message.usage] : []));
    return answers.reduce((sum, usage) => addUsage(sum, usage), NO_USAGE);
  }

  switchSession(choice: SessionChoice): Promise<void> {
    return this.#slot.run("running", undefined, () => this.#switchTo(choice));
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
    this.#queue.takeAll();
    await this.#slot.close();
    this.#parts.hub.emit("session_shutdown", { sessionId: this.#session.id, reason: "quit" });
    await this.host.close();
    await this.#session.close();
  }

  async #switchTo(choice: SessionChoice): Promise<void> {
    const { hub, store } = this.#parts;
    const { session, reason } = await openSession(store, choice);
    try {
      this.#choices.restore(session.settings());
    } catch (error) {
      await session.close();
      throw error;
    }
    hub.emit("session_shutdown", { sessionId: this.#session.id, reason: "switch" });
    this.host.endSession();
    const before = this.#session;
    this.#session = session;
    hub.emit("session_start", { sessionId: session.id, reason });
    await before.close();
  }

  // --- what it does ---

  async #run(input: Input, given?: AbortSignal): Promise<RunResult> {
    const giveUp = (): void => void this.#queue.takeAll();
    const run = this.#slot.run("running", given, (signal) => runInput(input, signal, this.#loop));
    given?.addEventListener("abort", giveUp, { once: true });
    return run.finally(() => given?.removeEventListener("abort", giveUp));
  }

  /** At once where nothing else is done. */
  async #say(saying: Saying, at: DeliverAt): Promise<void> {
    const isIdle = this.#slot.kind === "idle";
    if (!isIdle) this.#queue.add(saying, at);
    else if (isForModel(saying)) this.#startRun(saying);
    else await this.#loop.say(saying.message);
  }

  #sayLater(saying: Saying, at: DeliverAt): void {
    this.#say(saying, at).catch((error: unknown) => this.#tellProblem(error));
  }

  #startRun(input: Input): void {
    this.#run(input).catch((error: unknown) => this.#tellProblem(error));
  }

  /** What was said too late for the last run is not lost: it is for the next one. */
  #goOn(): void {
    const waiting = this.#queue.takeAll();
    const first = waiting.find(isForModel);
    if (first !== undefined) this.#startRun(first);
    for (const saying of waiting) if (saying !== first) this.#sayLater(saying, "steer");
  }

  #tellProblem(error: unknown): void {
    const { message, code } = asTauError(error);
    this.#parts.hub.tell({ name: "problem", payload: { message, code } });
  }
}

function userMessage(text: string): UserMessage {
  return { role: "user", content: [{ type: "text", text }] };
}

function isForModel(saying: Saying): saying is Input {
  return saying.message.role === "user";
}
