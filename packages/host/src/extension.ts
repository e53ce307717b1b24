import type { ShutdownReason, TauError } from "tau-protocol";
import type { Timer } from "tau-rpc";
import { asTauError } from "./as-tau-error.ts";
import { CrashPolicy } from "./crash-policy.ts";
import type { ExtensionOptions, ReloadOptions } from "./extension-options.ts";
import {
  checkMove,
  disabledError,
  type ExtensionState,
  givenUpError,
  refusalOf,
  servingGeneration,
} from "./extension-state.ts";
import { ExtensionTraffic } from "./extension-traffic.ts";
import type { Generation } from "./generation.ts";
import { IdleTimer } from "./idle-timer.ts";
import { Lease } from "./lease.ts";
import { Lineage } from "./lineage.ts";
import { OutputLog } from "./output-log.ts";
import { isSamePlan } from "./plan.ts";
import { Planner } from "./planner.ts";
import { stateForReload, wayBack } from "./reload-moves.ts";
import type { Isolation } from "./sandbox/permissions.ts";
import { SerialQueue } from "./serial-queue.ts";
import { linkSignals, pause } from "./signals.ts";

/** Before the next start of one that has crashed, when an edit was tried meanwhile and failed. */
const RETRY_PAUSE_MS = 50;

/** One extension through all its versions: the only owner of its state. */
export class ExtensionUnit {
  readonly id: string;
  readonly isolation: Isolation;
  readonly log: OutputLog;
  readonly traffic: ExtensionTraffic;
  readonly lineage: Lineage;
  readonly planner: Planner;
  /** Starts after a crash. */
  restarts = 0;
  /** The last thing that went wrong, mended or not. */
  lastError: TauError | undefined;
  readonly #options: ExtensionOptions;
  readonly #crashes: CrashPolicy;
  #state: ExtensionState = { kind: "starting" };
  /** Start, reload, restart, sleep and unload happen one after the other. */
  readonly #queue: SerialQueue;
  /** Until the next start after a crash. */
  #timer: Timer | undefined;
  readonly #idleTimer: IdleTimer;
  readonly #stopping = new AbortController();

  constructor(options: ExtensionOptions) {
    const { id, context, registry } = options;
    this.id = id;
    this.isolation = options.isolation;
    this.#options = options;
    this.log = new OutputLog((line) => options.onLog({ ...line, extensionId: id }));
    this.traffic = new ExtensionTraffic({ extensionId: id, clock: context.clock, onNeeded: () => this.#wake() });
    this.#queue = new SerialQueue((error) => context.onError(asTauError(error, id)));
    this.#crashes = new CrashPolicy({ ...context.limits, clock: context.clock, random: context.random });
    this.#idleTimer = new IdleTimer({
      clock: context.clock,
      idleTimeoutMs: options.idleTimeoutMs,
      lastActive: () => this.traffic.lastActive,
      onIdle: (generation) => this.#sleep(generation),
    });
    this.planner = new Planner(options, (text) => void this.log.add("host", "info", text));
    this.lineage = new Lineage({
      extension: options,
      log: this.log,
      offerTools: (tools) => registry.replace(id, this, tools),
      checkTools: (tools) => registry.checkCollisions(id, tools),
      onTakeover: (generation, reason) => this.#move({ kind: "ready", generation }, reason),
      serving: () => servingGeneration(this.#state),
      onToolsChanged: () => this.#report(this.#state.kind, "tools changed"),
      onGap: () => this.#move({ kind: "reloading", generation: undefined }, "stopping the old version"),
      onHang: (error) => this.#report(this.#state.kind, "does not answer", this.#note(error)),
      onEnd: (number, error) => this.#onGenerationEnd(number, error),
      plan: () => this.planner.plan(this.#stopping.signal),
      stopSignal: this.#stopping.signal,
    });
  }

  get state(): ExtensionState {
    return this.#state;
  }

  get generationNumber(): number {
    return servingGeneration(this.#state)?.number ?? this.lineage.versions.count;
  }

  /** Fails leaving nothing running. */
  start(): Promise<void> {
    return this.#queue.add(async () => {
      try {
        await this.#startFirst();
      } catch (error) {
        const failure = this.#note(error);
        if (this.#state.kind === "starting") this.#move({ kind: "failed", error: failure }, "did not start", failure);
        throw failure;
      }
    });
  }

  /**
   * Makes a version of the present source and lets it take over. Whatever fails before that leaves the version that serves as it is.
   * @throws TauError with what failed
   */
  reload({ failureDelayMs = 0, onlyIfChanged = false, ...options }: ReloadOptions = {}): Promise<void> {
    const { signal: given, release } = linkSignals(this.#stopping.signal, options.signal);
    const reloaded = this.#queue.add(async () => {
      given.throwIfAborted();
      const before = this.#state;
      const starting = stateForReload(this.id, before);
      if (starting !== before) this.#move(starting, "reloading");
      try {
        const plan = await this.planner.plan(given);
        const serving = servingGeneration(this.#state);
        if (onlyIfChanged && serving !== undefined && isSamePlan(serving.plan, plan)) {
          return this.#move({ kind: "ready", generation: serving }, "unchanged");
        }
        await this.lineage.renew(plan, given);
        this.#crashes.forgive();
      } catch (error) {
        if (failureDelayMs > 0) await pause(failureDelayMs, given, this.#options.context.clock);
        // Whoever stops it says what becomes of it.
        this.#stopping.signal.throwIfAborted();
        const failure = given.aborted ? asTauError(given.reason, this.id) : this.#note(error);
        this.#backOut(before, failure, given.aborted ? "gave way to a newer version" : undefined);
        throw failure;
      }
    });
    return reloaded.finally(release);
  }

  /** Resolves when nothing of it is left. Calls in flight, and those that wait, fail with `extension-stopped`. */
  async stop(reason: ShutdownReason): Promise<void> {
    // A start or reload under way is given up; its end is what the queue waits for.
    this.#stopping.abort(givenUpError(this.id));
    await this.#queue.add(async () => {
      if (this.#state.kind === "stopped") return;
      const generation = servingGeneration(this.#state);
      this.#move({ kind: "stopping", generation }, reason);
      this.#options.registry.remove(this.id);
      await this.lineage.stop(generation, reason);
      this.#move({ kind: "stopped" }, reason);
    });
  }

  /** A hold on the version that serves, or on the first that will, for as long as a decision takes. */
  lease(): Lease {
    this.traffic.lastActive = this.#options.context.clock.now();
    return new Lease(this.traffic, this.#options.context.clock);
  }

  // --- starting ---

  async #startFirst(): Promise<void> {
    const { start, config, context } = this.#options;
    const plan = await this.planner.plan(this.#stopping.signal);
    const subject = { extensionId: this.id, plan, config, flags: context.flags, cwd: context.cwd };
    const offer = start === "lazy" ? context.offers.read(subject) : undefined;
    if (offer === undefined || offer.start === "eager") return this.lineage.begin(plan, "started");
    this.lineage.offerOnly(plan, offer);
    this.#move({ kind: "idle" }, "known from an earlier run");
  }

  /** Back to where the reload came from, as far as that is still there. */
  #backOut(before: ExtensionState, failure: TauError, quietReason?: string): void {
    const error = quietReason === undefined ? failure : undefined;
    const way = wayBack(before, this.#state, failure);
    if (way.kind === "crashed") this.#comeBack(way.error);
    else if (way.kind === "retry") this.#restartIn(RETRY_PAUSE_MS, way.error);
    else if (way.kind === "move") this.#move(way.state, quietReason ?? way.reason, error);
    else this.#report(this.#state.kind, quietReason ?? way.reason, error);
  }

  // --- crashes ---

  #onGenerationEnd(number: number, error: TauError | undefined): void {
    if (error === undefined || servingGeneration(this.#state)?.number !== number) return;
    this.lastError = error;
    const before = this.lineage.takeBack();
    if (before !== undefined && this.#state.kind === "ready") {
      this.#move({ kind: "ready", generation: before }, "the new version died at once; swapped back", error);
    } else if (this.#state.kind === "reloading") {
      this.#move({ kind: "reloading", generation: before, error }, "crashed", error);
    } else this.#comeBack(error);
  }

  /** Starts it again in a while, or never by itself. */
  #comeBack(error: TauError): void {
    const pauseMs = this.#crashes.noteCrash();
    if (pauseMs !== undefined) return this.#restartIn(pauseMs, error);
    const disabled = this.#note(disabledError(this.id, error, this.#options.context.limits));
    this.#move({ kind: "disabled", error: disabled }, "crashed too often", disabled);
  }

  #restartIn(pauseMs: number, error: TauError): void {
    this.#move({ kind: "restarting", error }, `crashed; starting again in ${Math.round(pauseMs)} ms`, error);
    this.#timer = this.#options.context.clock.setTimeout(() => {
      this.#queue.addAlone(async () => {
        if (this.#state.kind !== "restarting" || this.#stopping.signal.aborted) return;
        this.restarts += 1;
        await this.#beginAgain("restarted");
      });
    }, pauseMs);
  }

  async #beginAgain(reason: string): Promise<void> {
    try {
      await this.lineage.beginAgain(reason);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#comeBack(this.#note(error));
    }
  }

  // --- sleep ---

  #wake(): void {
    if (this.#state.kind !== "idle") return;
    this.#move({ kind: "waking" }, "something to do");
    this.#queue.addAlone(async () => {
      if (this.#state.kind === "waking" && !this.#stopping.signal.aborted) await this.#beginAgain("woken");
    });
  }

  #sleep(generation: Generation): void {
    this.#queue.addAlone(async () => {
      if (this.#state.kind !== "ready" || this.#state.generation !== generation) return;
      const { lastActive } = this.traffic;
      const handed = await this.lineage.versions.collect(generation, this.#stopping.signal);
      if (servingGeneration(this.#state) !== generation || this.#stopping.signal.aborted) return;
      // What came meanwhile may have changed what was collected before.
      if (generation.busy || this.traffic.lastActive !== lastActive) return this.#idleTimer.start(generation);
      this.#move({ kind: "idle" }, "nothing to do");
      await this.lineage.putToSleep(generation, handed);
    });
  }

  // --- state ---

  #move(state: ExtensionState, reason: string, error?: TauError): void {
    const from = this.#state.kind;
    checkMove(from, state.kind);
    this.#state = state;
    this.#options.context.clock.clearTimeout(this.#timer);
    this.#idleTimer.stop();
    this.traffic.follow(servingGeneration(state), refusalOf(this.id, state));
    if (state.kind === "ready") this.#idleTimer.start(state.generation);
    this.#report(from, reason, error);
    // What came while it was being started, in vain, wants another try.
    if (state.kind === "idle" && this.traffic.isNeeded) this.#wake();
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

  #note(error: unknown): TauError {
    this.lastError = asTauError(error, this.id);
    return this.lastError;
  }
}
