import { writeFileSync } from "node:fs";
import {
  createHost,
  type ExtensionChange,
  type ExtensionInfo,
  type HostOptions,
  type LoadOptions,
  type TauError,
} from "tau-host";
import { type Clock, systemClock, type Timer } from "tau-rpc";
import { errorOf, openWorkspace, type Workspace } from "./workspace.ts";

/** Delays from here on are the clock's own; shorter ones pass as they always do. */
const HELD_MS = 1e8;

/** Far longer than any test: over only when {@link SteppedClock.advance} says so. */
export const LONG_MS = 2 * HELD_MS;

/** The machine's clock, but that its long timers and what it shows can be moved on by hand. */
export class SteppedClock implements Clock {
  #offset = 0;
  readonly #held = new Map<object, { at: number; callback: () => void }>();

  /** Timers that wait for {@link advance}. */
  get held(): number {
    return this.#held.size;
  }

  now(): number {
    return systemClock.now() + this.#offset;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    // One that never ends is as good as none.
    if (delayMs < HELD_MS || delayMs === Number.POSITIVE_INFINITY) return systemClock.setTimeout(callback, delayMs);
    const timer = {};
    this.#held.set(timer, { at: this.now() + delayMs, callback });
    return timer;
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer !== undefined && this.#held.delete(timer as object)) return;
    systemClock.clearTimeout(timer);
  }

  advance(durationMs: number): void {
    this.#offset += durationMs;
    const due = [...this.#held].filter(([, { at }]) => at <= this.now());
    for (const [timer, { callback }] of due) if (this.#held.delete(timer)) callback();
  }
}

/**
 * An extension of a number. `setup` runs in its setup, with `api` and `tool(name, execute, more)`; what `execute` answers is the text
 * of the result.
 */
export function version(number: number, setup = ""): string {
  return `
    import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
    export default async (api) => {
      const tool = (name, execute, more = {}) => api.registerTool({ name, description: "", parameters: { type: "object" }, ...more,
        execute: async (params, ctx) => ({ content: [{ type: "text", text: String(await execute(params, ctx)) }] }) });
      tool("version", () => "v${number}");
      tool("pid", () => process.pid);
      tool("crash", () => { console.error("last words of v${number}"); process.exit(9); });
      tool("hang", (_, { progress }) => { progress("hanging"); return new Promise(() => {}); });
      ${setup}
    };`;
}

/** One that counts, and hands the number over. `handed` is what it hands, where that is not the number. */
export function counter(number: number, { setup = "", handed = "count", stateVersion = 1 } = {}): string {
  return version(
    number,
    `let count = api.takeState(${stateVersion}) ?? 0;
    tool("add", () => ++count);
    tool("count", () => count);
    api.onReload(() => ${handed}, { version: ${stateVersion} });
    ${setup}`,
  );
}

/** A line of the story of an extension's states. */
export function show({ from, to, reason }: ExtensionChange): string {
  return `${from} → ${to}: ${reason.replace(/\d+ ms/, "… ms")}`;
}

export interface SupervisedOptions extends HostOptions {
  /** Its text. @default the version 1 */
  source?: string;
  /** Runs it in the place of the file. */
  command?: readonly [string, ...string[]];
  load?: LoadOptions;
  /** It has run before, in another host with the same cache. @default false */
  known?: boolean;
}

/** An extension `ext` in a file of its own, and what becomes of it. */
export async function openSupervised(options: SupervisedOptions = {}): Promise<Supervised> {
  const { source = version(1), command, load = {}, known = false, ...hostOptions } = options;
  const workspace = await openWorkspace({
    maxCrashes: 3,
    probationMs: LONG_MS,
    clock: new SteppedClock(),
    ...hostOptions,
  });
  const supervised = new Supervised(workspace, workspace.write("ext.mjs", source));
  const loaded = command === undefined ? supervised.path : { command };
  const loadOptions = { id: "ext", startTimeoutMs: 15_000, ...load };
  if (known) {
    const { directory } = workspace;
    await using earlier = await createHost({ cacheDir: `${directory}/cache`, cwd: directory });
    await earlier.load(loaded, { ...loadOptions, start: "eager" });
  }
  await workspace.load(loaded, loadOptions);
  return supervised;
}

export class Supervised implements AsyncDisposable {
  readonly workspace: Workspace;
  readonly path: string;
  /** Changes of its state since it was loaded. */
  readonly changes: ExtensionChange[] = [];

  constructor(workspace: Workspace, path: string) {
    this.workspace = workspace;
    this.path = path;
    workspace.host.on("extension", (change) => {
      if (change.extensionId === "ext") this.changes.push(change);
    });
  }

  get info(): ExtensionInfo {
    const info = this.workspace.host.extensions().find(({ id }) => id === "ext");
    if (info === undefined) throw new Error("It is not loaded.");
    if (info.pid !== undefined) this.workspace.pids.add(info.pid);
    return info;
  }

  get story(): string[] {
    return this.changes.map(show);
  }

  edit(text: string): void {
    writeFileSync(this.path, text);
  }

  /** Where it counts from, handed over or not. */
  async count(): Promise<number> {
    return Number(await this.workspace.ask("count"));
  }

  /** What the host tells that no call could be told of. */
  errors(): TauError[] {
    const errors: TauError[] = [];
    this.workspace.host.on("error", (error) => errors.push(error));
    return errors;
  }

  /** Swaps another version in. */
  async reload(text?: string): Promise<ExtensionInfo> {
    if (text !== undefined) this.edit(text);
    await this.workspace.host.reload("ext");
    return this.info;
  }

  /** The next time that it gets into a state. */
  async until(state: ExtensionChange["to"]): Promise<ExtensionChange> {
    return this.workspace.next("extension", ({ extensionId, to }) => extensionId === "ext" && to === state);
  }

  /** Lets it exit, and resolves when it is in that state. */
  async crash(state: ExtensionChange["to"]): Promise<ExtensionChange> {
    const reached = this.until(state);
    await errorOf(this.workspace.call("crash"));
    return reached;
  }

  /** Makes a call and resolves when it runs. */
  async startCall(tool: string, args: Record<string, unknown> = {}): Promise<{ result: Promise<unknown> }> {
    let result: Promise<unknown> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      result = this.workspace.call(tool, args, { onProgress: () => resolve() });
      result.catch(reject);
    });
    return { result };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workspace[Symbol.asyncDispose]();
  }
}
