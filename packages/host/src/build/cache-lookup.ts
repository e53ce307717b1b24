import { type Build, findCachedBundle } from "./cache.ts";
import { type FileHashes, FileLook } from "./file-hashes.ts";

interface Wanted {
  /** Of the entry, in the cache. */
  directory: string;
  resolve: (build: Build | undefined | Promise<Build | undefined>) => void;
}

/**
 * Finds bundles in the cache. Those that are asked for in one turn are looked for together, after the last of them was asked for, so that
 * a file that many of them depend on is looked at once, and nobody is told of a time before they asked.
 */
export class CacheLookup {
  readonly #hashes: FileHashes;
  #wanted: Wanted[] = [];

  constructor(hashes: FileHashes) {
    this.#hashes = hashes;
  }

  /** As {@link findCachedBundle}. */
  find(directory: string): Promise<Build | undefined> {
    if (this.#wanted.length === 0) queueMicrotask(() => this.#findAll());
    return new Promise((resolve) => this.#wanted.push({ directory, resolve }));
  }

  #findAll(): void {
    const look = new FileLook(this.#hashes);
    const wanted = this.#wanted;
    this.#wanted = [];
    for (const { directory, resolve } of wanted) resolve(findCachedBundle(directory, look));
  }
}
