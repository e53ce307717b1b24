import { watch as watchFs } from "node:fs";
import { resolve } from "node:path";
import type { TauError } from "tau-protocol";
import { mayHaveChangedSince } from "../build/file-hashes.ts";
import { DirectoryWatch, type WatchDirectory } from "./directory-watch.ts";
import { type Place, placesOf } from "./places.ts";
import { watchError } from "./watch-error.ts";

export interface FileWatcherOptions {
  /** Something can't be watched. What can be still is. */
  onError: (error: TauError) => void;
  /** @default node:fs */
  watchDirectory?: WatchDirectory;
}

export interface UpdateOptions {
  /**
   * When the paths became of interest (Unix, in milliseconds), for instance when the build began that read them: a path that
   * was not watched yet and may have changed since is told of.
   * @default now
   */
  since?: number;
}

/** The files somebody watches. */
export interface WatchedFiles {
  /** Watches these paths instead. */
  update(paths: Iterable<string>, options?: UpdateOptions): void;
  /** Nothing is told after this. */
  close(): void;
}

interface WatchedPath {
  path: string;
  places: Place[];
  listeners: Set<(path: string) => void>;
}

/** A place that may be another one now; without a name, the directory itself. */
interface ChangedPlace {
  directory: string;
  name: string | undefined;
}

/**
 * Tells when files may have changed, appeared or gone, however they were saved. It watches directories, one handle each:
 * a save that replaces a file leaves a handle on the file with the old one. Told at once, and sometimes twice; whether the content
 * is another is for the listener to see. Holds the process open while something is watched.
 */
export class FileWatcher {
  readonly #options: FileWatcherOptions;
  readonly #directories = new Map<string, DirectoryWatch<WatchedPath>>();
  readonly #paths = new Map<string, WatchedPath>();
  /** What was told during the present update: a limit is reached for many directories at once. */
  readonly #told = new Set<string>();

  constructor(options: FileWatcherOptions) {
    this.#options = options;
  }

  /** Calls `onChange` with each of the paths that may have changed, until closed. */
  watch(paths: Iterable<string>, onChange: (path: string) => void, options?: UpdateOptions): WatchedFiles {
    let watched = new Set<string>();
    let isClosed = false;
    // Two watchers with one function are still two.
    const listener = (path: string): void => onChange(path);
    const update = (next: Iterable<string>, { since }: UpdateOptions = {}): void => {
      if (isClosed) return;
      const before = watched;
      watched = new Set([...next].map((path) => resolve(path)));
      const added = [...watched].filter((path) => !before.has(path));
      this.#told.clear();
      this.#reopenClosed();
      for (const path of added) this.#add(path, listener);
      for (const path of before) if (!watched.has(path)) this.#remove(path, listener);
      if (since === undefined) return;
      const changed = added.filter((path) => mayHaveChangedSince(path, since));
      queueMicrotask(() => {
        for (const path of changed) if (watched.has(path)) listener(path);
      });
    };
    const close = (): void => {
      update([]);
      isClosed = true;
    };
    update(paths, options);
    return { update, close };
  }

  #add(path: string, listener: (path: string) => void): void {
    const known = this.#paths.get(path);
    if (known !== undefined) {
      known.listeners.add(listener);
      return;
    }
    const file: WatchedPath = { path, places: [], listeners: new Set([listener]) };
    this.#paths.set(path, file);
    this.#follow(file);
  }

  #remove(path: string, listener: (path: string) => void): void {
    const file = this.#paths.get(path);
    file?.listeners.delete(listener);
    if (file === undefined || file.listeners.size > 0) return;
    this.#paths.delete(path);
    this.#leave(file, file.places);
  }

  /** Watches the places that decide now what a path means, and no others any more. */
  #follow(file: WatchedPath): void {
    const before = file.places;
    file.places = placesOf(file.path, (directory) => this.#enter(directory));
    for (const { directory, name } of file.places) this.#directories.get(directory)?.add(name, file);
    const kept = new Set(file.places.map(keyOf));
    this.#leave(
      file,
      before.filter((place) => !kept.has(keyOf(place))),
    );
  }

  #enter(path: string): void {
    const known = this.#directories.get(path);
    const directory =
      known ??
      new DirectoryWatch(path, this.#options.watchDirectory ?? watchFs, {
        onEvent: ({ files, name, mayHaveMoved }) => {
          this.#told.clear();
          if (mayHaveMoved) this.#followAgain(files, { directory: path, name });
          for (const file of files) for (const listener of file.listeners) listener(file.path);
        },
        onError: (error) => this.#tell(path, error),
      });
    this.#directories.set(path, directory);
    if (!directory.isOpen) directory.open();
  }

  #leave(file: WatchedPath, places: readonly Place[]): void {
    for (const { directory, name } of places) {
      const watch = this.#directories.get(directory);
      watch?.remove(name, file);
      if (watch?.isUnused !== true) continue;
      watch.close();
      this.#directories.delete(directory);
    }
  }

  /**
   * Something at a place came, went or was replaced, the directory itself where there is no name: what lies below it may be
   * another directory of the same name, of which a handle on the old one never tells. Adds to the files who else that concerns.
   */
  #followAgain(files: Set<WatchedPath>, { directory, name }: ChangedPlace): void {
    const below = [...files].flatMap(({ places }) => {
      const index = places.findIndex(
        (place) => place.directory === directory && (place.name === name || name === undefined),
      );
      return places.slice(name === undefined ? index : index + 1).map((place) => place.directory);
    });
    for (const path of new Set(below)) {
      const watch = this.#directories.get(path);
      watch?.open();
      if (watch?.isOpen === false) for (const file of watch.files) files.add(file);
    }
    for (const file of files) this.#follow(file);
  }

  /** What could not be watched for a limit may be possible by now. */
  #reopenClosed(): void {
    const closed = [...this.#directories.values()].filter((directory) => !directory.isOpen);
    for (const directory of closed) directory.open();
  }

  #tell(directory: string, error: NodeJS.ErrnoException): void {
    const code = error.code ?? "unknown";
    // Gone since it was looked at: the directory above is watched, and tells when it is there again.
    if (code === "ENOENT" || code === "ENOTDIR") return;
    // Directories on the way may well be closed to us. Those that hold a file are not: it could not be read either.
    const holdsFile = [...this.#paths.values()].some(({ path }) => resolve(path, "..") === directory);
    if ((code === "EACCES" || code === "EPERM") && !holdsFile) return;
    if (this.#told.has(code)) return;
    this.#told.add(code);
    this.#options.onError(watchError(directory, error));
  }
}

function keyOf({ directory, name }: Place): string {
  return `${directory}\0${name}`;
}
