import type { HostContext } from "./context.ts";
import type { ExtensionUnit } from "./extension.ts";
import { ReloadOnChange } from "./reload-on-change.ts";
import { FileWatcher } from "./watch/file-watcher.ts";

/** Reloads all extensions of a host when their files are saved, while anybody wants that. */
export class AutoReload {
  readonly #context: HostContext;
  readonly #units = new Map<ExtensionUnit, ReloadOnChange | undefined>();
  readonly #watcher: FileWatcher;
  #wanted = 0;

  constructor(context: HostContext) {
    this.#context = context;
    this.#watcher = new FileWatcher({ onError: (error) => context.onError(error) });
  }

  /** The answer ends it. */
  watch(): () => void {
    this.#wanted += 1;
    this.#context.spares.warmUp();
    for (const [unit, reloading] of this.#units) if (reloading === undefined) this.#start(unit);
    let isWanted = true;
    return () => {
      if (!isWanted) return;
      isWanted = false;
      this.#wanted -= 1;
      if (this.#wanted === 0) for (const unit of this.#units.keys()) this.#stop(unit);
    };
  }

  add(unit: ExtensionUnit): void {
    this.#units.set(unit, undefined);
    if (this.#wanted > 0) this.#start(unit);
  }

  remove(unit: ExtensionUnit): void {
    this.#stop(unit);
    this.#units.delete(unit);
  }

  #start(unit: ExtensionUnit): void {
    const { builder, clock } = this.#context;
    this.#units.set(unit, new ReloadOnChange({ unit, watcher: this.#watcher, builder, clock }));
  }

  #stop(unit: ExtensionUnit): void {
    this.#units.get(unit)?.close();
    this.#units.set(unit, undefined);
  }
}
