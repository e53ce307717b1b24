import { type ExecuteToolParams, isTauError, type TauError, type ToolResult } from "tau-protocol";
import type { Clock, RequestOptions } from "tau-rpc";
import { type EventDelivery, EventOutbox } from "./event-outbox.ts";
import type { Generation } from "./generation.ts";
import { type WaitOptions, WaitingRoom } from "./waiting-room.ts";

export interface ExtensionTrafficOptions {
  extensionId: string;
  clock: Clock;
  /** Something has come for an extension that does not run. */
  onNeeded(): void;
}

export interface ToolCall extends RequestOptions {
  timeoutMs: number;
}

/** A version may die again and again while a call waits for it. */
const MAX_TRIES = 5;

/** Calls, hooks and events on their way to whichever version serves. What comes while none does waits, or is refused. */
export class ExtensionTraffic {
  /** Calls made so far. */
  calls = 0;
  /** When something last came, by the clock. */
  lastActive: number;
  readonly #options: ExtensionTrafficOptions;
  readonly #waiting: WaitingRoom<Generation>;
  readonly #outbox = new EventOutbox();
  #serving: Generation | undefined;
  #refusal: (() => TauError) | undefined;

  constructor(options: ExtensionTrafficOptions) {
    this.#options = options;
    this.#waiting = new WaitingRoom(options.extensionId, options.clock);
    this.lastActive = options.clock.now();
  }

  /** The version that can be asked at this moment. */
  get serving(): Generation | undefined {
    return this.#serving?.usable === true ? this.#serving : undefined;
  }

  /** Whether something waits for a version. */
  get isNeeded(): boolean {
    return this.#waiting.size > 0 || this.#outbox.size > 0;
  }

  /**
   * To this version from now on. Without one everything waits, or, where there is a refusal, is refused with what waits already. For
   * one that is known to end nothing is of use: its end is told in a moment.
   */
  follow(generation: Generation | undefined, refusal: (() => TauError) | undefined): void {
    this.#serving = generation;
    this.#refusal = refusal;
    const { serving } = this;
    if (serving !== undefined) {
      this.#outbox.flush(serving);
      this.#waiting.admitAll(serving);
    } else if (refusal !== undefined) {
      this.#outbox.clear();
      this.#waiting.refuseAll(refusal);
    }
  }

  /** Not async: this is the hot path. */
  execute(params: ExecuteToolParams, call: ToolCall, idempotent: boolean): Promise<ToolResult> {
    this.calls += 1;
    this.lastActive = this.#options.clock.now();
    const generation = this.#serving;
    if (idempotent || generation?.usable !== true) return this.#executePatiently(params, call, idempotent);
    return generation.execute(params, call);
  }

  deliver(delivery: EventDelivery): void {
    this.lastActive = this.#options.clock.now();
    const generation = this.serving;
    if (generation !== undefined) this.#outbox.send(delivery, generation);
    else if (this.#refusal === undefined) {
      for (const event of delivery.params.events) this.#outbox.hold(event);
      this.#options.onNeeded();
    }
  }

  /** @throws TauError `timed-out`, `cancelled`, or the reason why nothing will serve */
  async whenServing(options: WaitOptions): Promise<Generation> {
    this.lastActive = this.#options.clock.now();
    if (this.#refusal !== undefined) throw this.#refusal();
    const { serving } = this;
    if (serving !== undefined) return serving;
    const admitted = this.#waiting.wait(options);
    this.#options.onNeeded();
    return admitted;
  }

  /** Waits for a version, and asks a second time what was not done, or may be done twice (spec/protocol.md, C-10). */
  async #executePatiently(params: ExecuteToolParams, call: ToolCall, idempotent: boolean): Promise<ToolResult> {
    const { clock } = this.#options;
    const deadline = clock.now() + call.timeoutMs;
    for (let tries = 1, crashes = 0; ; tries++) {
      const timeLeft = (): number => Math.ceil(deadline - clock.now());
      const generation = await this.whenServing({ timeoutMs: timeLeft(), signal: call.signal });
      try {
        return await generation.execute(params, { ...call, timeoutMs: timeLeft() });
      } catch (error) {
        if (!isTauError(error) || tries >= MAX_TRIES) throw error;
        if (wasNotRun(error)) continue;
        if (!idempotent || error.code !== "extension-crashed" || ++crashes > 1) throw error;
      }
    }
  }
}

/** The version went away before the call reached it. */
function wasNotRun({ code, executed }: TauError): boolean {
  return (
    executed === "no" && ["extension-crashed", "extension-stopped", "extension-killed", "shutting-down"].includes(code)
  );
}
