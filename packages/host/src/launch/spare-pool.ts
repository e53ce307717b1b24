import type { TauError } from "tau-protocol";
import type { Clock, Timer } from "tau-rpc";
import type { Launched, LauncherClient, LaunchListener, LaunchOptions } from "./launcher-client.ts";
import { Spare } from "./spare.ts";

export interface SparePoolOptions {
  launcher: LauncherClient;
  /**
   * How an extension's process is started, without the extension: the runner alone, in a clean environment. Asked for
   * each spare.
   */
  describe: () => LaunchOptions;
  /** How many may wait: 0 where memory matters (a spare is a Node process, 6 MB), otherwise 1. */
  size: 0 | 1;
  clock: Clock;
  /** There is no spare, and why. Starts only take longer, so nobody waits for this. */
  onError: (error: TauError) => void;
}

/** How long the next spare waits, in milliseconds, so that its start does not compete with the first call of a new version. */
const REPLENISH_DELAY_MS = 50;

/** Where so many spares broke within `REST_MS`, the next one would too. */
const MAX_BROKEN = 3;

const REST_MS = 60_000;

/** Keeps one process ready for the next extension that is built from source. No process serves two. */
export class SparePool {
  readonly #options: SparePoolOptions;
  /** From its start until it is taken or gone. */
  #spare: Spare | undefined;
  #timer: Timer | undefined;
  /** Somebody has asked for spares. */
  #isWarm = false;
  /** When the last ones broke, by the clock. */
  #broken: number[] = [];
  #closed = false;

  constructor(options: SparePoolOptions) {
    this.#options = options;
  }

  /** Starts a spare in the background if there is none, and sees from now on that there is one again. Never throws. */
  warmUp(): void {
    this.#isWarm = true;
    if (this.#options.size === 0 || this.#closed || this.#spare !== undefined || this.#isResting()) return;
    const { launcher, describe } = this.#options;
    this.#spare = new Spare({ launcher, launch: describe(), onEnd: (error) => this.#onBroken(error) });
  }

  /** The same, a little later, in a pool that was warm before. {@link take} does so by itself. */
  replenish(): void {
    if (this.#options.size === 0 || this.#closed || !this.#isWarm || this.#spare !== undefined) return;
    this.#timer ??= this.#options.clock.setTimeout(() => {
      this.#timer = undefined;
      this.warmUp();
    }, REPLENISH_DELAY_MS);
  }

  /**
   * A process that is as if it had been launched so, or `undefined` at once where there is none that can be. It waits for
   * `hello`, to be sent in the same tick: both then arrive in one read.
   */
  take(launch: LaunchOptions, listener: LaunchListener): Launched | undefined {
    const launched = this.#spare?.take(launch, listener);
    if (launched !== undefined) this.#spare = undefined;
    this.replenish();
    return launched;
  }

  /** Resolves when nothing of a waiting spare is left. Those that were taken live on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#spare?.discard();
    this.#spare = undefined;
  }

  #onBroken(error: TauError): void {
    this.#spare = undefined;
    if (this.#closed) return;
    this.#broken = [...this.#broken, this.#options.clock.now()].slice(-MAX_BROKEN);
    this.#options.onError(error);
    // Where too many broke, it is left to a later start to try again.
    this.replenish();
  }

  #isResting(): boolean {
    const [first] = this.#broken;
    return this.#broken.length === MAX_BROKEN && first !== undefined && this.#options.clock.now() - first < REST_MS;
  }
}
