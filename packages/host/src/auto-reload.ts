import type { HostContext } from "./context.ts";
import type { ExtensionUnit } from "./extension.ts";
import { ReloadOnChange } from "./reload-on-change.ts";
import { FileWatcher } from "./watch/file-watcher.ts";

/**
 * How long nothing is watched yet, in milliseconds: an agent that starts with fifty extensions has been asked something by then, and answers
 * first. To begin to watch a folder takes the system up to 15 ms where it knows many names in it, as it may in one for temporary files.
 */
const BEGIN_DELAY_MS = 20;

/** How long files begin to be watched before everything else gets its turn, in milliseconds. */
const SLICE_MS = 5;

/** Reloads all extensions of a host when their files are saved, while anybody wants that. */
export class AutoReload {
  readonly #context: HostContext;
  readonly #units = new Map<ExtensionUnit, ReloadOnChange | undefined>();
  readonly #watcher: FileWatcher;
  #wanted = 0;
  /** Until files begin to be watched. */
  #timer: NodeJS.Timeout | undefined;

  constructor(context: HostContext) {
    this.#context = context;
    this.#watcher = new FileWatcher({ onError: (error) => context.onError(error) });
  }

  /** The answer ends it. */
  watch(): () => void {
    this.#wanted += 1;
    // Node's own timer, which holds the process open as watching does.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#startAll();
    }, BEGIN_DELAY_MS);
    let isWanted = true;
    return () => {
      if (!isWanted) return;
      isWanted = false;
      this.#wanted -= 1;
      if (this.#wanted === 0) this.#stopAll();
    };
  }

  add(unit: ExtensionUnit): void {
    this.#units.set(unit, undefined);
    if (this.#wanted > 0 && this.#timer === undefined) this.#start(unit);
  }

  remove(unit: ExtensionUnit): void {
    this.#stop(unit);
    this.#units.delete(unit);
  }

  close(): void {
    this.#wanted = 0;
    this.#stopAll();
    this.#units.clear();
  }

  /** In turns, so that others get theirs. What is saved meanwhile is told of as soon as it is watched. */
  async #startAll(): Promise<void> {
    let sliceEnd = 0;
    for (const unit of this.#units.keys()) {
      if (performance.now() >= sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = performance.now() + SLICE_MS;
      }
      if (this.#wanted === 0) return;
      if (this.#units.has(unit) && this.#units.get(unit) === undefined) await this.#start(unit).watching;
    }
    if (this.#wanted > 0) this.#context.spares.warmUp();
  }

  #start(unit: ExtensionUnit): ReloadOnChange {
    const { builder, clock } = this.#context;
    const reloading = new ReloadOnChange({ unit, watcher: this.#watcher, builder, clock });
    this.#units.set(unit, reloading);
    return reloading;
  }

  #stopAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const unit of this.#units.keys()) this.#stop(unit);
  }

  #stop(unit: ExtensionUnit): void {
    this.#units.get(unit)?.close();
    this.#units.set(unit, undefined);
  }
}
