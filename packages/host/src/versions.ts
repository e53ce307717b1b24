import {
  type HandedState,
  type JsonObject,
  type ShutdownReason,
  TauError,
  type UpdateRegistryParams,
} from "tau-protocol";
import { errorText } from "tau-rpc";
import { asRecord } from "./as-record.ts";
import type { HostContext } from "./context.ts";
import type { Generation } from "./generation.ts";
import { InspectorLines } from "./liveness/inspector-lines.ts";
import { GenerationLog, type OutputLog } from "./output-log.ts";
import type { StartPlan } from "./plan.ts";
import { settlesWithin } from "./settles-within.ts";
import { startGeneration } from "./start.ts";

export interface VersionsOptions {
  extensionId: string;
  config: JsonObject;
  startTimeoutMs: number;
  context: HostContext;
  log: OutputLog;
  onRegistryUpdate: (update: UpdateRegistryParams, from: Generation) => Promise<void>;
  onHang: (error: TauError) => void;
  onEnd: (generation: number, error: TauError | undefined) => void;
}

/** Source: spec/protocol.md, R-5. */
const MAX_STATE_LENGTH = 1024 * 1024;

/** Nobody's reload waits longer for an old version to say what it wants to hand over, in milliseconds. */
const COLLECT_TIMEOUT_MS = 2000;

/** An end keeps a processor busy for milliseconds: the first call of the version that has just taken over comes first. */
const RETIRE_DELAY_MS = 50;

/** Starts and retires the versions of one extension. Which of them serves is decided elsewhere. */
export class Versions {
  /** Versions started so far. */
  count = 0;
  readonly #options: VersionsOptions;
  /** Old versions that finish what they were asked. */
  readonly #retiring = new Map<Generation, Promise<void>>();

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /** A version that has offered what it has, and does not serve yet. @throws TauError; nothing is left of it then */
  async start(plan: StartPlan, signal: AbortSignal, previousState: HandedState | undefined): Promise<Generation> {
    const { extensionId, config, context, startTimeoutMs, log, onRegistryUpdate, onHang, onEnd } = this.#options;
    const number = ++this.count;
    const inspectorLines = new InspectorLines(context.clock);
    return startGeneration({
      extensionId,
      number,
      plan,
      config,
      context,
      startTimeoutMs,
      log: new GenerationLog(log, (line) => inspectorLines.keep(line)),
      inspectorLines,
      onHang,
      signal,
      previousState,
      onRegistryUpdate,
      onEnd: (error) => onEnd(number, error),
    });
  }

  /** What a version hands over. One that fails to say hands over nothing, and that is told: an edit has to get past it. */
  async collect(generation: Generation, signal: AbortSignal): Promise<HandedState | undefined> {
    try {
      const answer = await generation.request("state/collect", {}, { timeoutMs: COLLECT_TIMEOUT_MS, signal });
      return readHandedState(answer);
    } catch (error) {
      if (signal.aborted) return undefined;
      const { extensionId, context, log } = this.#options;
      const text = `Extension \`${extensionId}\` hands no state over: ${errorText(error)}`;
      log.add("host", "error", text);
      context.onError(new TauError("extension-failed", text, { extensionId, cause: error }));
      return undefined;
    }
  }

  /** Lets a version finish what it was asked, then ends it. */
  retire(generation: Generation, reason: ShutdownReason): void {
    const { clock, limits } = this.#options.context;
    const retired = settlesWithin(generation.ended, RETIRE_DELAY_MS, clock)
      .then(() => generation.drain(limits.drainTimeoutMs))
      .then(() => generation.stop(reason))
      .finally(() => this.#retiring.delete(generation));
    this.#retiring.set(generation, retired);
  }

  /** Ends those that are still finishing. */
  async stopRetiring(reason: ShutdownReason): Promise<void> {
    await Promise.all([...this.#retiring].flatMap(([generation, retired]) => [generation.stop(reason), retired]));
  }
}

/** @throws Error for what is none, or too long */
function readHandedState(answer: unknown): HandedState | undefined {
  const { state } = asRecord(answer);
  if (state === undefined || state === null) return undefined;
  const { version, value } = asRecord(state);
  if (typeof version !== "number" || value === undefined)
    throw new Error("Expected `state` to have `version` and `value`.");
  const { length } = JSON.stringify(value);
  if (length > MAX_STATE_LENGTH)
    throw new Error(`Expected state of at most ${MAX_STATE_LENGTH} characters, got ${length}.`);
  return { version, value: value as HandedState["value"] };
}
