import { TauError } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { BuilderClient } from "./build/builder-client.ts";
import type { BuildTarget } from "./build/messages.ts";
import type { ExtensionUnit } from "./extension.ts";
import type { FileWatcher, WatchedFiles } from "./watch/file-watcher.ts";

export interface ReloadOnChangeOptions {
  unit: ExtensionUnit;
  watcher: FileWatcher;
  builder: BuilderClient;
  clock: Clock;
}

/**
 * How long a version that failed may be followed by a better one before anybody is told, in milliseconds. Editors empty a file
 * before they fill it, and a checkout writes many: what lies between is often broken.
 */
const FAILURE_DELAY_MS = 50;

/**
 * How long the first save may find a builder that has to read the sources first, in milliseconds: an agent that starts has better things to do
 * than to make ready for edits of fifty extensions.
 */
const WARM_DELAY_MS = 500;

/** Reloads one extension whenever a file that decides it is saved. A save during a reload starts it over. */
export class ReloadOnChange {
  /** Resolves when the files are watched. */
  readonly watching: Promise<void>;
  readonly #unit: ExtensionUnit;
  readonly #watched: WatchedFiles;
  readonly #builder: BuilderClient;
  readonly #clock: Clock;
  /** What the builder keeps ready for the next build, or will soon. */
  #warm: { entry: string; release: () => void } | undefined;
  #reloading: AbortController | undefined;
  #again = false;
  #closed = false;

  constructor({ unit, watcher, builder, clock }: ReloadOnChangeOptions) {
    this.#unit = unit;
    this.#builder = builder;
    this.#clock = clock;
    this.#watched = watcher.watch([], () => this.#onChange());
    this.watching = this.#update();
  }

  close(): void {
    this.#closed = true;
    this.#watched.close();
    this.#warm?.release();
  }

  /** Files that became part of it only now may have been saved since they were read. */
  async #update(): Promise<void> {
    const { files, since } = await this.#unit.planner.watchedFiles();
    this.#watched.update(files, { since });
    this.#keepWarm(this.#unit.planner.entry);
  }

  #keepWarm(entry: string | undefined): void {
    if (this.#closed || entry === undefined || entry === this.#warm?.entry) return;
    this.#warm?.release();
    let release = (): void => this.#clock.clearTimeout(timer);
    const timer = this.#clock.setTimeout(() => {
      release = this.#builder.keepWarm(entry, this.#target);
    }, WARM_DELAY_MS);
    this.#warm = { entry, release: () => release() };
  }

  get #target(): BuildTarget {
    return this.#unit.isolation === "wasm" ? "guest" : "node";
  }

  #onChange(): void {
    // Before anything else: the build takes longest.
    if (this.#warm !== undefined) this.#builder.anticipate(this.#warm.entry, this.#target);
    this.#again = true;
    this.#reloading?.abort(superseded(this.#unit.id));
    if (this.#reloading === undefined) void this.#reloadUntilQuiet();
  }

  /** Never rejects. */
  async #reloadUntilQuiet(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      this.#reloading = new AbortController();
      const options = { signal: this.#reloading.signal, failureDelayMs: FAILURE_DELAY_MS, onlyIfChanged: true };
      // A failure has been told as a change of the extension, with its error.
      await this.#unit.reload(options).catch(() => undefined);
      await this.#update();
    }
    this.#reloading = undefined;
  }
}

function superseded(extensionId: string): TauError {
  const text = `A newer version of extension \`${extensionId}\` was saved before this one was ready.`;
  return new TauError("cancelled", text, { extensionId, executed: "no" });
}
