import { readFileSync } from "node:fs";
import { EvalFlags, JSException, type JSValueHandle, type QuickJS } from "quickjs-wasi";
import type { GuestEntry } from "../guest/host-functions.ts";
import { BOOT_NAME } from "../guest/names.ts";
import { bindFunctions, type HostFunctions } from "./bind-functions.ts";
import { restoreEngine } from "./engine.ts";
import { TurnLimit } from "./turn-limit.ts";

export interface GuestVmOptions {
  /** Where the engine and the SDK for guests lie. */
  folder: string;
  /** All of the guest's memory, the engine's own included, in bytes. */
  memoryBytes: number;
  /** Time on the processor for one turn, in milliseconds. */
  cpuMs: number;
  functions: HostFunctions;
  /** The file of the extension. */
  bundle: string;
  /** The engine itself has failed: nothing in it can be relied on any more. */
  onBroken(this: void, reason: string): void;
  /** After each turn. */
  onRest(this: void): void;
}

/**
 * How deep the guest may call, in bytes of the engine's stack. The engine's frames lie on this process's stack too, which is a
 * megabyte and must not be the first to end: that can't be caught inside.
 */
const STACK_BYTES = 96 * 1024;

/** Jobs of a turn that is over, each of which made others. Ending so many takes less than a second. */
const MAX_ENDED_JOBS = 1000;

/** One guest: an engine with the SDK in it, and the extension once it was asked for. */
export class GuestVm {
  readonly #vm: QuickJS;
  readonly #options: GuestVmOptions;
  readonly #limit: TurnLimit;
  readonly #unhandled: Map<number, JSValueHandle>;
  readonly #entries: Readonly<Record<keyof GuestEntry, JSValueHandle>>;
  /** Where the engine was when a job ended early. */
  #jobStack = "";

  static async create(options: GuestVmOptions): Promise<GuestVm> {
    const { folder, memoryBytes, cpuMs } = options;
    const unhandled = new Map<number, JSValueHandle>();
    const limit = new TurnLimit(cpuMs);
    const vm = await restoreEngine(folder, {
      memoryLimit: memoryBytes,
      maxStackSize: STACK_BYTES,
      interruptHandler: limit.isOver,
      onUnhandledRejection: (promise, reason, isHandled) => {
        if (isHandled) unhandled.delete(promise.identity);
        else unhandled.set(promise.identity, reason.dup());
      },
    });
    return new GuestVm(vm, options, { limit, unhandled });
  }

  private constructor(
    vm: QuickJS,
    options: GuestVmOptions,
    { limit, unhandled }: { limit: TurnLimit; unhandled: Map<number, JSValueHandle> },
  ) {
    this.#vm = vm;
    this.#options = options;
    this.#limit = limit;
    this.#unhandled = unhandled;
    this.#rememberJobStacks();
    const functions = bindFunctions(vm, { ...options.functions, load: () => this.#load() });
    const boot = vm.global.getProp(BOOT_NAME);
    const entry = vm.callFunction(boot, vm.undefined, functions);
    this.#entries = {
      receive: entry.getProp("receive"),
      fault: entry.getProp("fault"),
      alarm: entry.getProp("alarm"),
      interrupted: entry.getProp("interrupted"),
      uncaught: entry.getProp("uncaught"),
      unheard: entry.getProp("unheard"),
    };
  }

  /** Gives the guest a turn: one thing that came from outside, and all that follows of it. */
  turn(name: keyof GuestEntry, ...args: readonly string[]): void {
    this.#limit.begin();
    const ended = this.#run(name, args);
    this.#limit.pause();
    if (ended !== undefined) this.#endTurn(name, ended);
    this.#options.onRest();
  }

  /** @returns what ended it early */
  #run(name: keyof GuestEntry, args: readonly string[]): { error: unknown } | undefined {
    const vm = this.#vm;
    // Of a turn that was ended, whose handles are gone.
    this.#unhandled.clear();
    try {
      vm.withScope(() => {
        const handles = args.map((arg) => vm.newString(arg));
        vm.callFunction(this.#entries[name], vm.undefined, ...handles);
        vm.executePendingJobs();
        if (!this.#limit.exceeded) this.#tellUnhandled(name);
      });
      // What the engine ends in a job may become the rejection of a promise that nobody hears of. The turn is over all the same.
      return this.#limit.exceeded ? { error: undefined } : undefined;
    } catch (error) {
      return { error };
    }
  }

  #endTurn(name: keyof GuestEntry, { error }: { error: unknown }): void {
    const { cpuMs, onBroken } = this.#options;
    const stack = error instanceof JSException ? (error.stack ?? "") : this.#jobStack;
    if (name === "interrupted" && this.#limit.exceeded && this.#endJobs()) return;
    if (!this.#limit.exceeded || name === "interrupted") {
      onBroken(error instanceof Error ? `${error.message}\n${stack}` : String(error));
      return;
    }
    const text = `It computed for more than ${cpuMs} ms without a pause and was interrupted. If it needs longer, raise its limit \`cpuMsPerCall\`.`;
    this.turn("interrupted", `${text}${stack.replace(/^[^\n]*interrupted/, "")}`);
  }

  /**
   * Ends jobs until none is left. One that makes the next may have lived on: what was ended in its turn was another, of which the chain
   * has no need, such as the adoption of one promise by another.
   */
  #endJobs(): boolean {
    for (let tries = 0; tries < MAX_ENDED_JOBS; tries++) {
      this.#limit.endNow();
      try {
        this.#vm.withScope(() => this.#vm.executePendingJobs());
        this.#limit.pause();
        return true;
      } catch {
        // That one is ended.
      }
    }
    this.#limit.pause();
    return false;
  }

  /**
   * In the turn in which they were left, whose handles they are. What is left of a turn that was ended belongs to a call that has failed
   * already, such as a chain of promises that lives on until the memory ends: the guest is not ended for it too.
   */
  #tellUnhandled(name: keyof GuestEntry): void {
    const entry = this.#entries[name === "interrupted" ? "unheard" : "uncaught"];
    for (const reason of this.#unhandled.values()) this.#vm.callFunction(entry, this.#vm.undefined, reason);
  }

  #load(): JSValueHandle {
    const { bundle } = this.#options;
    const code = readFileSync(bundle, "utf8");
    if (!bundle.endsWith(".cjs")) return this.#vm.evalCode(code, bundle, EvalFlags.TYPE_MODULE);
    // The whole on the first line, so that places stay.
    const module = this.#vm.evalCode(wrap(`${code}\n; return module.exports;`), bundle);
    const [holder, exports] = [this.#vm.newObject(), this.#vm.newObject()];
    this.#vm.setProp(holder, "exports", exports);
    return this.#vm.callFunction(module, this.#vm.undefined, exports, holder);
  }

  /** The library throws away where a job was when it was ended. */
  #rememberJobStacks(): void {
    const vm = this.#vm;
    const take = vm.getException.bind(vm);
    vm.getException = () => {
      const exception = take();
      const stack = exception.isObject ? exception.getProp("stack") : undefined;
      this.#jobStack = stack?.isString === true ? stack.toString() : "";
      return exception;
    };
  }
}

function wrap(code: string): string {
  return `(function (exports, module) { ${code} })`;
}
