import { sep } from "node:path";
import type { Reading } from "./bundle.ts";
import { configurationOf } from "./configuration.ts";
import type { FileHashes, FileState } from "./file-hashes.ts";
import { filesMeantBy } from "./imports.ts";

/** Files and how they are, in the order in which they came to count. */
export type Snapshot = ReadonlyMap<string, FileState>;

export function takeSnapshot(paths: Iterable<string>, hashes: FileHashes): Snapshot {
  return new Map([...paths].map((path) => [path, hashes.look(path)]));
}

/** Whether the files that are in both snapshots have the same content in both. */
export function sameContent(one: Snapshot, other: Snapshot): boolean {
  return [...one].every(([path, { sha256 }]) => {
    const state = other.get(path);
    return state === undefined || state.sha256 === sha256;
  });
}

/** Whether a file was changed in a way that the bundler does not notice: it goes by size and times, which can be set. */
export function hasHiddenChange(before: Snapshot, after: Snapshot): boolean {
  return [...after].some(([path, { sha256, modKey }]) => {
    const old = before.get(path);
    return old !== undefined && old.sha256 !== sha256 && old.modKey === modKey;
  });
}

/** Finds every path that decides a bundle, and remembers it as long as nothing that decides that has changed. */
export class InputFinder {
  #key: string | undefined;
  #configuration: Snapshot = new Map();

  async inputsOf(reading: Reading, hashes: FileHashes): Promise<string[]> {
    const { sources, imports } = reading;
    const key = JSON.stringify([sources, imports]);
    const known = takeSnapshot(this.#configuration.keys(), hashes);
    if (key !== this.#key || !sameContent(known, this.#configuration)) {
      // What packages import is the package manager's business, and changes with the lockfile.
      const own = imports.filter(({ from }) => !from.includes(`${sep}node_modules${sep}`));
      const configuration = [...(await configurationOf(sources)), ...packagesOf(sources), ...own.flatMap(filesMeantBy)];
      this.#configuration = takeSnapshot(configuration, hashes);
      this.#key = key;
    }
    return [...new Set([...sources, ...this.#configuration.keys()])];
  }
}

/** The manifests of the packages that sources lie in. */
function packagesOf(sources: readonly string[]): Set<string> {
  const manifests = sources.flatMap((path) => {
    const [, root] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/])/.exec(path) ?? [];
    return root === undefined ? [] : [`${root}package.json`];
  });
  return new Set(manifests);
}
