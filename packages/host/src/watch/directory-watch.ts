import type { FSWatcher } from "node:fs";
import { basename } from "node:path";

/** Starts to watch a directory, without those inside it, as `fs.watch` does. Throws with a `code` when it can't. */
export type WatchDirectory = (path: string, listener: (event: string, name: string | null) => void) => FSWatcher;

export interface DirectoryEvent<File> {
  /** Those that it may concern. */
  files: Set<File>;
  /** `undefined` for the directory itself. */
  name: string | undefined;
  /** Whether it came, went or was replaced, and may be another file or directory now. */
  mayHaveMoved: boolean;
}

export interface DirectoryEvents<File> {
  onEvent: (event: DirectoryEvent<File>) => void;
  /** It is not watched, or not any more. */
  onError: (error: NodeJS.ErrnoException) => void;
}

/** One watched directory, and who waits for which name in it. */
export class DirectoryWatch<File> {
  readonly path: string;
  readonly #watch: WatchDirectory;
  readonly #events: DirectoryEvents<File>;
  readonly #files = new Map<string, Set<File>>();
  #watcher: FSWatcher | undefined;

  constructor(path: string, watch: WatchDirectory, events: DirectoryEvents<File>) {
    this.path = path;
    this.#watch = watch;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#watcher !== undefined;
  }

  get isUnused(): boolean {
    return this.#files.size === 0;
  }

  /** Everybody who waits for a name here. */
  get files(): Set<File> {
    return new Set([...this.#files.values()].flatMap((files) => [...files]));
  }

  add(name: string, file: File): void {
    const files = this.#files.get(name) ?? new Set();
    this.#files.set(name, files.add(file));
  }

  remove(name: string, file: File): void {
    const files = this.#files.get(name);
    files?.delete(file);
    if (files?.size === 0) this.#files.delete(name);
  }

  /** Watches what is at the path now. */
  open(): void {
    this.close();
    try {
      const watcher = this.#watch(this.path, (event, name) => {
        // An event of the directory that was here before may still be on its way.
        if (this.#watcher === watcher) this.#tell(event, name);
      });
      watcher.on("error", (error) => {
        if (this.#watcher !== watcher) return;
        this.close();
        this.#events.onError(error);
      });
      this.#watcher = watcher;
    } catch (error) {
      this.#events.onError(error as NodeJS.ErrnoException);
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** A directory's own end or move carries the directory's name, as if it were a file in it. No name at all means anything. */
  #tell(event: string, name: string | null): void {
    const mayHaveMoved = event === "rename";
    const isSelf = mayHaveMoved && (name === null || name === basename(this.path));
    const files = isSelf || name === null ? this.files : new Set(this.#files.get(name));
    if (files.size > 0) this.#events.onEvent({ files, name: isSelf ? undefined : (name ?? undefined), mayHaveMoved });
  }
}
