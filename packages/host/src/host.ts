import { type EventName, type JsonObject, type JsonValue, TauError, type ToolResult } from "tau-protocol";
import { errorText } from "tau-rpc";
import { AutoReload } from "./auto-reload.ts";
import { asCallError, loadCancelled } from "./call-errors.ts";
import { chooseId } from "./choose-id.ts";
import {
  checkNames,
  type CommandDescriptor,
  type CommandOptions,
  completeCommand,
  type Completion,
  type FlagDescriptor,
  listCommands,
  listFlags,
  runCommand,
} from "./commands.ts";
import { createContext, type HostContext, type HostOptions } from "./context.ts";
import { Emitter } from "./emitter.ts";
import { EventRouter, hooksOn } from "./event-routing.ts";
import { describeExtension } from "./extension-info.ts";
import { servingGeneration } from "./extension-state.ts";
import { ExtensionUnit } from "./extension.ts";
import { guardProgress } from "./guard-progress.ts";
import { decide, type Decision } from "./hooks.ts";
import type { Host, HostDecideOptions } from "./host-api.ts";
import type { ProcessUsage } from "./launch/limits.ts";
import { nearest } from "./nearest.ts";
import type { LogLine } from "./output-log.ts";
import { type ToolDescriptor, ToolRegistry } from "./registry.ts";
import { expectManyListeners } from "./shared-signal.ts";
import { type ExtensionSource, isComponent } from "./source.ts";
import type { CallOptions, ExtensionChange, ExtensionInfo, HostEvents, LoadOptions } from "./types.ts";
import { WarmUp } from "./warm-up.ts";

/** Makes a host. Close it: an open host keeps the process alive. */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  return new HostCore(options);
}

class HostCore implements Host {
  readonly #context: HostContext;
  readonly #units = new Map<string, ExtensionUnit>();
  readonly #registry: ToolRegistry<ExtensionUnit>;
  readonly #emitter: Emitter<HostEvents>;
  readonly #events = new EventRouter();
  readonly #autoReload: AutoReload;
  readonly #warmUp: WarmUp;
  #closing: Promise<void> | undefined;

  constructor(options: HostOptions) {
    this.#emitter = new Emitter((error) => console.error(`A listener of the host failed: ${errorText(error)}`));
    this.#context = createContext(options, {
      onError: (error) => this.#emitter.emit("error", error),
      onBusEmit: ({ channel, data }, extensionId) =>
        this.#events.deliver({ event: `bus:${channel}`, payload: data, from: extensionId }),
      bundlesInUse: () => [...this.#units.values()].flatMap((unit) => unit.lineage.bundles),
    });
    this.#registry = new ToolRegistry(this.#context.compiler);
    this.#autoReload = new AutoReload(this.#context);
    if (this.#context.start === "eager") this.#context.launcher.warmUp();
    const { clock, launcher, compiler } = this.#context;
    const run = (): void => (launcher.warmUp(), compiler.warmUp());
    this.#warmUp = new WarmUp({ clock, run });
  }

  async load(source: ExtensionSource, options: LoadOptions = {}): Promise<ExtensionInfo> {
    this.#assertOpen();
    const id = chooseId(source, options.id, this.#units);
    const unit = new ExtensionUnit({
      id,
      source,
      config: options.config ?? {},
      env: options.env ?? {},
      startTimeoutMs: options.startTimeoutMs ?? this.#context.limits.startTimeoutMs,
      start: options.start ?? this.#context.start,
      resources: options.resources ?? {},
      isolation: options.isolation ?? (isComponent(source) ? "wasm" : this.#context.isolation),
      permissions: options.permissions ?? {},
      guest: options.guest ?? {},
      idleTimeoutMs: options.idleTimeoutMs ?? this.#context.limits.idleTimeoutMs,
      context: this.#context,
      registry: this.#registry,
      checkOffer: (offer) => checkNames(id, offer, this.#units.values()),
      onEvents: (events) => this.#events.subscribe(unit, events),
      onChange: (change) => this.#tellChange(change),
      onLog: (line) => this.#emitter.emit("log", line),
    });
    this.#units.set(id, unit);
    this.#autoReload.add(unit);
    const giveUp = (): void => void unit.stop("unload");
    expectManyListeners(options.signal);
    options.signal?.addEventListener("abort", giveUp, { once: true });
    try {
      options.signal?.throwIfAborted();
      await unit.start();
    } catch (error) {
      // Cancelled before it began: nothing to stop, and nothing to tell of.
      if (unit.state.kind === "starting") this.#forget(unit);
      else if (options.keepFailed !== true || options.signal?.aborted === true) await this.#discard(unit);
      throw options.signal?.aborted === true ? loadCancelled(id, error) : error;
    } finally {
      options.signal?.removeEventListener("abort", giveUp);
      this.#warmUp.postpone();
    }
    return this.#describe(unit);
  }

  tools(): ToolDescriptor[] {
    // Models and people see the same list each time, whichever extension was ready first.
    return [...this.#units.keys()].flatMap((id) => this.#registry.toolsOf(id));
  }

  call(tool: string, args: JsonObject = {}, options: CallOptions = {}): Promise<ToolResult> {
    try {
      const { descriptor, owner } = this.#registry.findFor(tool, args);
      const { signal, callId, onProgress, timeoutMs = this.#context.limits.callTimeoutMs } = options;
      expectManyListeners(signal);
      const guarded =
        onProgress === undefined ? undefined : guardProgress(tool, onProgress, (error) => this.#context.onError(error));
      const params = callId === undefined ? { tool, arguments: args } : { tool, arguments: args, callId };
      return owner.traffic.execute(params, { signal, timeoutMs, onProgress: guarded }, descriptor.idempotent === true);
    } catch (error) {
      return Promise.reject(asCallError(tool, error));
    }
  }

  checkArguments(tool: string, args: JsonObject): void {
    this.#registry.findFor(tool, args);
  }

  emit(event: EventName | `bus:${string}`, payload: JsonValue): void {
    this.#events.deliver({ event, payload });
  }

  isHeard(event: EventName): boolean {
    return this.#events.isHeard(event);
  }

  async decide(event: EventName, payload: JsonObject, options: HostDecideOptions = {}): Promise<Decision> {
    const onFailure = (error: TauError): void => this.#emitter.emit("error", error);
    const decision = await decide(event, payload, hooksOn(this.#units.values(), event), { ...options, onFailure });
    // Those who only want to hear of it hear what came of it (spec/protocol.md, E-5).
    if (decision.action === "continue") this.#events.deliver({ event, payload: decision.payload });
    return decision;
  }

  commands(): CommandDescriptor[] {
    return listCommands(this.#units.values());
  }

  runCommand(name: string, args: string, options: CommandOptions = {}): Promise<void> {
    return runCommand([...this.#units.values()], { name, args, ...options });
  }

  completeCommand(name: string, prefix: string, signal?: AbortSignal): Promise<Completion[]> {
    return completeCommand([...this.#units.values()], { name, prefix, signal });
  }

  flags(): FlagDescriptor[] {
    return listFlags(this.#units.values());
  }

  endSession(): void {
    this.#context.state.endSession();
  }

  extensions(): ExtensionInfo[] {
    return [...this.#units.values()].map((unit) => this.#describe(unit));
  }

  logs(extensionId: string): readonly LogLine[] {
    return this.#unit(extensionId).log.lines();
  }

  async usage(extensionId: string): Promise<ProcessUsage | undefined> {
    return servingGeneration(this.#unit(extensionId).state)?.usage();
  }

  async reload(extensionId: string): Promise<ExtensionInfo> {
    const unit = this.#unit(extensionId);
    await unit.reload();
    return this.#describe(unit);
  }

  watch(): () => void {
    this.#assertOpen();
    return this.#autoReload.watch();
  }

  async unload(extensionId: string): Promise<void> {
    await this.#discard(this.#unit(extensionId));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  on<Name extends keyof HostEvents>(name: Name, listener: (event: HostEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  async #close(): Promise<void> {
    this.#warmUp.close();
    this.#autoReload.close();
    await Promise.allSettled([...this.#units.values()].map((unit) => unit.stop("close")));
    this.#units.clear();
    await this.#context.offers.close();
    await this.#context.state.close();
    await this.#context.spares.close();
    await this.#context.builder.close();
    await this.#context.launcher.close();
  }

  #tellChange(change: ExtensionChange): void {
    this.#emitter.emit("extension", change);
    this.#events.deliverState(change);
  }

  /** A reload may have been asked for meanwhile, and would bring back to life what nobody knows any more. */
  async #discard(unit: ExtensionUnit): Promise<void> {
    await unit.stop("unload");
    this.#forget(unit);
  }

  /** Its id may belong to another one by now. */
  #forget(unit: ExtensionUnit): void {
    this.#autoReload.remove(unit);
    this.#events.remove(unit);
    if (this.#units.get(unit.id) === unit) this.#units.delete(unit.id);
  }

  #describe(unit: ExtensionUnit): ExtensionInfo {
    return describeExtension(unit, this.#registry.toolsOf(unit.id), this.#context.clock.now());
  }

  #unit(extensionId: string): ExtensionUnit {
    const unit = this.#units.get(extensionId);
    if (unit !== undefined) return unit;
    const near = nearest(extensionId, [...this.#units.keys()]);
    const hint = near.length > 0 ? ` Did you mean \`${near[0]}\`?` : "";
    throw new TauError("unknown-extension", `There is no extension \`${extensionId}\`.${hint}`, { executed: "no" });
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new TauError("host-closed", "The host is closed.", { executed: "no" });
  }
}
