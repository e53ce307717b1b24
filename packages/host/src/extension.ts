import {
  type ExecuteToolParams,
  type HookRegistration,
  isTauError,
  type JsonObject,
  type ShutdownReason,
  TauError,
  type ToolResult,
  type UpdateRegistryParams,
  withDetails,
} from "tau-protocol";
import type { HostContext } from "./context.ts";
import { checkMove, type ExtensionState, notServingError, servingGeneration } from "./extension-state.ts";
import type { Generation } from "./generation.ts";
import { GenerationLog, OutputLog } from "./output-log.ts";
import type { ToolDescriptor, ToolRegistry } from "./registry.ts";
import type { ExtensionSource } from "./source.ts";
import { resolveSource } from "./source.ts";
import { startGeneration } from "./start.ts";
import type { ExtensionChange, HostLogLine } from "./types.ts";
import { checkTogether, readToolDefinitions } from "./validate/tool-definition.ts";

export interface ExtensionOptions {
  id: string;
  source: ExtensionSource;
  config: JsonObject;
  env: Readonly<Record<string, string>>;
  startTimeoutMs: number;
  context: HostContext;
  registry: ToolRegistry<ExtensionUnit>;
  onChange(change: ExtensionChange): void;
  onLog(line: HostLogLine): void;
}

export interface ToolCall {
  signal: AbortSignal | undefined;
  timeoutMs: number;
  onProgress: ((value: unknown) => void) | undefined;
  callId: string | undefined;
}

/** One extension through all its versions: the only owner of its state. */
export class ExtensionUnit {
  readonly id: string;
  readonly log: OutputLog;
  readonly #options: ExtensionOptions;
  #state: ExtensionState = { kind: "starting" };
  #hooks: readonly HookRegistration[] = [];
  #generations = 0;
  /** Old versions that finish what they were asked. */
  readonly #retiring = new Set<Generation>();
  /** Start, reload and unload happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(options: ExtensionOptions) {
    this.id = options.id;
    this.#options = options;
    this.log = new OutputLog((line) => options.onLog({ ...line, extensionId: options.id }));
  }

  get state(): ExtensionState {
    return this.#state;
  }

  get generationNumber(): number {
    return servingGeneration(this.#state)?.number ?? this.#generations;
  }

  /** The hooks of the last version that served. A crash does not take a gate away. */
  get hooks(): readonly HookRegistration[] {
    return this.#hooks;
  }

  /** Fails leaving nothing behind. */
  start(): Promise<void> {
    return this.#enqueue(async () => {
      try {
        await this.#startNext("started");
      } catch (error) {
        const failure = this.#asTauError(error);
        if (this.#state.kind === "starting") this.#move({ kind: "failed", error: failure }, "did not start", failure);
        throw failure;
      }
    });
  }

  /** Starts the next version beside the present one. A failure leaves the present one serving. */
  reload(): Promise<void> {
    return this.#enqueue(async () => {
      const before = this.#state;
      if (before.kind === "ready") this.#move({ kind: "reloading", generation: before.generation }, "reloading");
      else if (before.kind === "crashed") this.#move({ kind: "restarting", error: before.error }, "starting again");
      else throw notServingError(this.id, before);
      try {
        await this.#startNext("reloaded");
      } catch (error) {
        const failure = this.#asTauError(error);
        this.#backOut(failure);
        throw failure;
      }
    });
  }

  /** Resolves when nothing of it is left. Calls in flight fail with `extension-stopped`. */
  async stop(reason: ShutdownReason): Promise<void> {
    // A start or reload under way is given up; its end is what the queue waits for.
    this.#stopping.abort(
      new TauError("extension-stopped", `Extension \`${this.id}\` was stopped while it started.`, {
        extensionId: this.id,
        executed: "no",
      }),
    );
    await this.#enqueue(async () => {
      if (this.#state.kind === "stopped" || this.#state.kind === "failed") return;
      const generation = servingGeneration(this.#state);
      this.#move({ kind: "stopping", generation }, reason);
      this.#options.registry.remove(this.id);
      await Promise.all([generation?.stop(reason), ...[...this.#retiring].map((old) => old.stop(reason))]);
      this.#move({ kind: "stopped" }, reason);
    });
  }

  execute(tool: ToolDescriptor, args: JsonObject, call: ToolCall): Promise<ToolResult> {
    const generation = servingGeneration(this.#state);
    if (generation === undefined) return Promise.reject(notServingError(this.id, this.#state));
    const params: ExecuteToolParams = { tool: tool.name, arguments: args };
    if (call.callId !== undefined) params.callId = call.callId;
    return generation.execute(params, call);
  }

  // --- versions ---

  /** A version that may not take over is gone when this fails. */
  async #startNext(reason: string): Promise<void> {
    const { source, context, config, env, startTimeoutMs } = this.#options;
    const resolved = await resolveSource(source, context.cwd);
    const number = ++this.#generations;
    const generation: Generation = await startGeneration({
      extensionId: this.id,
      number,
      source: resolved,
      config,
      env,
      context,
      startTimeoutMs,
      log: new GenerationLog(this.log),
      signal: this.#stopping.signal,
      onRegistryUpdate: (update) => this.#updateRegistry(number, update),
      onEnd: (error) => this.#onGenerationEnd(number, error),
    });
    try {
      this.#stopping.signal.throwIfAborted();
      const old = servingGeneration(this.#state);
      this.#swapIn(generation, reason);
      if (old !== undefined) void this.#retire(old);
    } catch (error) {
      await generation.stop("unload");
      throw error;
    }
  }

  /** The one moment in which the tools change hands. Nothing in it waits. */
  #swapIn(generation: Generation, reason: string): void {
    this.#options.registry.replace(this.id, this, generation.offer?.tools ?? []);
    this.#hooks = generation.offer?.hooks ?? [];
    this.#move({ kind: "ready", generation }, reason);
  }

  #backOut(failure: TauError): void {
    const state = this.#state;
    if (state.kind === "reloading")
      this.#move({ kind: "ready", generation: state.generation }, "kept the old version", failure);
    if (state.kind === "restarting")
      this.#move({ kind: "crashed", error: state.error }, "did not start again", failure);
  }

  /** An old version finishes what it was asked, then goes. */
  async #retire(generation: Generation): Promise<void> {
    this.#retiring.add(generation);
    await generation.drain(this.#options.context.limits.drainTimeoutMs);
    await generation.stop("reload");
    this.#retiring.delete(generation);
  }

  #onGenerationEnd(number: number, error: TauError | undefined): void {
    const state = this.#state;
    const serving = servingGeneration(state);
    if (error === undefined || serving?.number !== number) return;
    if (state.kind === "reloading") this.#move({ kind: "restarting", error }, "crashed", error);
    else this.#move({ kind: "crashed", error }, "crashed", error);
  }

  /** @throws TauError when the update is refused; nothing has changed then */
  async #updateRegistry(number: number, { addTools = [], removeTools = [] }: UpdateRegistryParams): Promise<void> {
    const { registry, context } = this.#options;
    if (!Array.isArray(removeTools)) throw refuseUpdate("Expected `removeTools` to be an array.");
    const removed = new Set(removeTools);
    const added = await readToolDefinitions(addTools, context.compiler);
    // Nothing from here on waits, so that what is compared is what is changed.
    if (servingGeneration(this.#state)?.number !== number) {
      throw refuseUpdate("Only the version that serves may change tools.");
    }
    const tools = [...registry.toolsOf(this.id).filter(({ name }) => !removed.has(name)), ...added];
    checkTogether(tools);
    registry.replace(this.id, this, tools);
    this.#report(this.#state.kind, "tools changed");
  }

  // --- state ---

  #move(state: ExtensionState, reason: string, error?: TauError): void {
    const from = this.#state.kind;
    checkMove(from, state.kind);
    this.#state = state;
    this.#report(from, reason, error);
  }

  #report(from: ExtensionState["kind"], reason: string, error?: TauError): void {
    this.#options.onChange({
      extensionId: this.id,
      from,
      to: this.#state.kind,
      generation: this.generationNumber,
      reason,
      ...(error === undefined ? {} : { error }),
    });
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #asTauError(error: unknown): TauError {
    if (isTauError(error)) return withDetails(error, { extensionId: this.id });
    return new TauError("internal-error", String(error), { extensionId: this.id, cause: error });
  }
}

function refuseUpdate(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no" });
}
