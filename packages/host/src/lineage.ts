import {
  type HandedState,
  type HookRegistration,
  type ShutdownReason,
  TauError,
  type ToolDefinition,
  type UpdateRegistryParams,
} from "tau-protocol";
import { errorText } from "tau-rpc";
import type { ExtensionOptions } from "./extension-options.ts";
import type { Generation } from "./generation.ts";
import type { Offer } from "./hello-result.ts";
import { isStartable, type StartPlan } from "./plan.ts";
import { Probation } from "./probation.ts";
import { orAborted } from "./signals.ts";
import { checkTogether, readToolDefinitions } from "./validate/tool-definition.ts";
import { Versions, type VersionsOptions } from "./versions.ts";

export interface LineageOptions extends Pick<VersionsOptions, "log" | "onHang" | "onEnd"> {
  extension: Pick<ExtensionOptions, "id" | "config" | "context" | "startTimeoutMs" | "checkOffer" | "onEvents">;
  /** Offers these tools in the place of those before, or throws `tool-collision` having changed nothing. */
  offerTools(tools: readonly ToolDefinition[]): void;
  /** Throws as `offerTools` would. */
  checkTools(tools: readonly ToolDefinition[]): void;
  /** The moment in which a version takes over. */
  onTakeover(generation: Generation, reason: string): void;
  /** The version that serves at this moment. */
  serving(): Generation | undefined;
  /** It has changed its tools. */
  onToolsChanged(): void;
  /** The old version is about to be stopped before there is a new one. */
  onGap: () => void;
  /** A plan for the present source, for when the proven one can't be started any more. */
  plan(): Promise<StartPlan>;
  /** Ends everything that is being started. */
  stopSignal: AbortSignal;
}

const NONE: ReadonlySet<string> = new Set();

/** How one version of an extension follows another, and which one to go back to. */
export class Lineage {
  /** What the last version that served offers, or the one that would. */
  offer: Offer | undefined;
  /** The last version that has proved itself. A crash leads back to it, whatever the source holds by now. */
  proven: StartPlan | undefined;
  /** Handed over by a version that is gone, for the one to come. */
  handed: HandedState | undefined;
  readonly versions: Versions;
  /** The number of the version that is being started. */
  #arriving: number | undefined;
  readonly #probation: Probation;
  readonly #options: LineageOptions;

  constructor(options: LineageOptions) {
    const { extension, log, onHang, onEnd } = options;
    const { id, config, context, startTimeoutMs } = extension;
    this.#options = options;
    this.#probation = new Probation(context.clock);
    this.versions = new Versions({
      extensionId: id,
      config,
      context,
      startTimeoutMs,
      log,
      onHang,
      onEnd,
      onRegistryUpdate: (update, from) => this.#updateTools(update, from),
    });
  }

  /** The hooks of the last version that served. A crash does not take a gate away. */
  get hooks(): readonly HookRegistration[] {
    return this.offer?.hooks ?? [];
  }

  /** Built code that may be started again, or is asked for its source map. */
  get bundles(): string[] {
    const plans = [this.proven, this.#options.serving()?.plan];
    return plans.flatMap((plan) => (plan?.bundle === undefined ? [] : [plan.bundle]));
  }

  get events(): ReadonlySet<string> {
    return this.offer?.events ?? NONE;
  }

  /** Offers what a version that does not run would offer. @throws TauError `tool-collision` */
  offerOnly(plan: StartPlan, offer: Offer): void {
    this.#options.extension.checkOffer(offer);
    this.#options.offerTools(offer.tools);
    this.#setOffer(offer);
    this.proven = plan;
  }

  /** Starts the version of a plan where none serves. @throws TauError; nothing is left of it then */
  async begin(plan: StartPlan, reason: string, signal: AbortSignal = this.#options.stopSignal): Promise<void> {
    const generation = await this.#start(plan, signal, this.handed);
    await this.#takeOver(generation, plan, reason);
  }

  /** Starts the last version that has proved itself. */
  async beginAgain(reason: string): Promise<void> {
    const { proven } = this;
    const plan = proven !== undefined && isStartable(proven) ? proven : await this.#options.plan();
    await this.begin(plan, reason);
  }

  /** Lets the version of a plan follow the one that serves, if one does. @throws TauError; that one serves on then */
  async renew(plan: StartPlan, signal: AbortSignal): Promise<void> {
    const old = this.#options.serving();
    if (old === undefined) return this.begin(plan, "reloaded", signal);
    if (old.offer?.reload === "exclusive") return this.#replaceExclusive(old, plan);
    // In its probation, one that hands nothing over passes on what it was handed itself: it may have been half of a file.
    const inherited = this.#probation.isOn ? this.handed : undefined;
    const handed = (await this.versions.collect(old, signal)) ?? inherited;
    try {
      const generation = await this.#start(plan, signal, handed);
      this.handed = handed;
      await this.#takeOver(generation, plan, "reloaded");
    } catch (error) {
      // One that serves on goes on from there; one that has died meanwhile comes back to it.
      const isOver = this.#options.serving() === undefined;
      this.handed = isOver ? handed : this.#probation.isOn ? inherited : undefined;
      throw error;
    }
  }

  /** A version has died. The one before it, if it still runs and so can take back at once. */
  takeBack(): Generation | undefined {
    const before = this.#probation.end();
    if (before === undefined) return undefined;
    try {
      if (!before.usable) throw before.failure;
      this.#options.offerTools(before.tools);
    } catch {
      // It is ending, or somebody else has taken the name of a tool meanwhile. The way back is a restart then, which says so.
      this.versions.retire(before, "reload");
      return undefined;
    }
    this.#setOffer(before.offer);
    this.handed = undefined;
    return before;
  }

  /** Stops a version that has nothing to do. What it hands over waits for the next. */
  async putToSleep(generation: Generation, handed: HandedState | undefined): Promise<void> {
    this.#probation.pass();
    this.handed = handed;
    await generation.stop("idle");
  }

  async stop(serving: Generation | undefined, reason: ShutdownReason): Promise<void> {
    const standby = this.#probation.end();
    await Promise.all([serving?.stop(reason), standby?.stop(reason), this.versions.stopRetiring(reason)]);
  }

  /** For what two versions can't both have. */
  async #replaceExclusive(old: Generation, plan: StartPlan): Promise<void> {
    const { extension, stopSignal, onGap } = this.#options;
    const inherited = this.#probation.isOn ? this.handed : undefined;
    // It is the one to come back to, however short it has served.
    this.#probation.pass();
    onGap();
    try {
      await orAborted(old.drain(extension.context.limits.drainTimeoutMs), stopSignal);
      this.handed = (await this.versions.collect(old, stopSignal)) ?? inherited;
    } finally {
      await old.stop("reload");
    }
    try {
      await this.begin(plan, "reloaded");
    } catch (error) {
      stopSignal.throwIfAborted();
      await this.#comeBackFrom(error);
      throw error;
    }
  }

  /** Why the new version failed is what its author has to know. That the old one failed too is told beside it. */
  async #comeBackFrom(failure: unknown): Promise<void> {
    try {
      await this.beginAgain("started the old version again");
    } catch (error) {
      const { extension, log } = this.#options;
      const { id: extensionId, context } = extension;
      const text = `The old version of extension \`${extensionId}\` did not start again either: ${errorText(error)}`;
      log.add("host", "error", text);
      context.onError(new TauError("extension-failed", text, { extensionId, cause: failure }));
    }
  }

  /** A version that has offered what it has. It does not serve yet. */
  async #start(plan: StartPlan, signal: AbortSignal, handed: HandedState | undefined): Promise<Generation> {
    this.#arriving = this.versions.count + 1;
    const generation = await this.versions.start(plan, signal, handed);
    const { log } = this.#options;
    const { offer, number } = generation;
    if (offer?.state === "declined") log.add("host", "warn", `Version ${number} declined the state it was handed.`);
    if (offer !== undefined) this.#keepOffer(plan, offer);
    return generation;
  }

  /** For later starts that can wait. That one could not be kept costs them their waiting, and is told. */
  #keepOffer(plan: StartPlan, offer: Offer): void {
    const { context, config, id: extensionId } = this.#options.extension;
    context.offers
      .write({ extensionId, plan, config, flags: context.flags, cwd: context.cwd }, offer)
      .catch((error: unknown) => {
        const text = `What extension \`${extensionId}\` offers could not be kept: ${errorText(error)}`;
        context.onError(new TauError("internal-error", text, { extensionId, cause: error }));
      });
  }

  /** The one moment in which the tools change hands. Nothing in it waits. */
  async #takeOver(generation: Generation, plan: StartPlan, reason: string): Promise<void> {
    this.#arriving = undefined;
    try {
      this.#options.stopSignal.throwIfAborted();
      if (generation.failure !== undefined) throw generation.failure;
      if (generation.offer !== undefined) this.#options.extension.checkOffer(generation.offer);
      this.#options.offerTools(generation.tools);
    } catch (error) {
      await generation.stop("unload");
      throw error;
    }
    this.#setOffer(generation.offer);
    this.#beginProbation(plan, this.#options.serving());
    this.#options.onTakeover(generation, reason);
  }

  #setOffer(offer: Offer | undefined): void {
    this.offer = offer;
    this.#options.extension.onEvents(this.events);
  }

  #beginProbation(plan: StartPlan, before: Generation | undefined): void {
    const earlier = this.#probation.end();
    if (earlier !== undefined) this.versions.retire(earlier, "reload");
    this.proven ??= plan;
    // One that died while its successor was being started.
    const standby = before?.usable === true ? before : undefined;
    if (before !== undefined && standby === undefined) this.versions.retire(before, "reload");
    this.#probation.begin(standby, this.#options.extension.context.limits.probationMs, () => {
      this.proven = plan;
      this.handed = undefined;
      if (standby !== undefined) this.versions.retire(standby, "reload");
    });
  }

  /**
   * What a version that is being started changes, it takes over with.
   * @throws TauError when the update is refused; nothing has changed then
   */
  async #updateTools({ addTools = [], removeTools = [] }: UpdateRegistryParams, from: Generation): Promise<void> {
    if (!Array.isArray(removeTools)) throw refuseUpdate("Expected `removeTools` to be an array.");
    const removed = new Set(removeTools);
    await from.offering;
    const added = await readToolDefinitions(addTools, this.#options.extension.context.compiler);
    // Nothing from here on waits, so that what is compared is what is changed.
    const serves = this.#options.serving() === from;
    if (!serves && from.number !== this.#arriving) throw refuseUpdate("Only the version that serves may change tools.");
    const tools = [...from.tools.filter(({ name }) => !removed.has(name)), ...added];
    checkTogether(tools);
    try {
      if (serves) this.#options.offerTools(tools);
      else this.#options.checkTools(tools);
    } catch (error) {
      // A name that somebody else has: the protocol has one word for whatever is refused (spec/protocol.md, G-5).
      throw refuseUpdate(errorText(error));
    }
    from.tools = tools;
    if (serves) this.#options.onToolsChanged();
  }
}

function refuseUpdate(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no" });
}
