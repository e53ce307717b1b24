import type { HookAnswer, RunHookParams } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { ExtensionTraffic } from "./extension-traffic.ts";
import type { Generation } from "./generation.ts";
import type { WaitOptions } from "./waiting-room.ts";

/**
 * One decision's hold on one version of an extension: the one that serves when the decision begins, or the first that serves after
 * that. It is not stopped before the decision is over, or its time to drain is (spec/protocol.md, K-12).
 */
export class Lease {
  readonly #traffic: ExtensionTraffic;
  readonly #clock: Clock;
  #held: { generation: Generation; release: () => void } | undefined;

  constructor(traffic: ExtensionTraffic, clock: Clock) {
    this.#traffic = traffic;
    this.#clock = clock;
    if (traffic.serving !== undefined) this.#hold(traffic.serving);
  }

  /** Asks the hook. The time counts from here, and a version that is being started has to be there within it. */
  async runHook(params: RunHookParams, { timeoutMs, signal }: WaitOptions): Promise<HookAnswer> {
    const deadline = this.#clock.now() + timeoutMs;
    const generation = this.#held?.generation ?? this.#hold(await this.#traffic.whenServing({ timeoutMs, signal }));
    return generation.request("hook/run", params, { timeoutMs: Math.ceil(deadline - this.#clock.now()), signal });
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  #hold(generation: Generation): Generation {
    this.#held = { generation, release: generation.hold() };
    return generation;
  }
}
