import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Bundled } from "./bundle.ts";
import { sha256 } from "./hash.ts";
import { BUILD_FORMAT, type BuildManifest, type BuildParams, MANIFEST_NAME } from "./messages.ts";

/** Bundles kept for each entry beside those in use: a host that is starting may just have been told of one. */
const KEPT_BUNDLES = 5;

/**
 * Puts bundles into the cache. The bundle and its map are written at once: somebody waits for them, and the first thing a new
 * version does may be to throw. The rest follows by `finish`; until then the next look into the cache says "build".
 */
export class BundleStore {
  #writes = 0;

  /** Writes the bundle and its map, and answers the bundle's path. */
  write({ directory, entry }: BuildParams, { code, map, format }: Bundled): string {
    const file = join(directory, `${sha256(code).slice(0, 32)}${format === "cjs" ? ".cjs" : ".mjs"}`);
    this.#writeWhole(`${file}.map`, withAbsoluteSources(map, dirname(entry)));
    this.#writeWhole(file, code);
    return file;
  }

  /** Writes the manifest, where the inputs are known for sure, and forgets old bundles. */
  finish(params: BuildParams, file: string, facts: Pick<BuildManifest, "inputs" | "sources"> | undefined): void {
    const { directory } = params;
    if (facts !== undefined) {
      const manifest: BuildManifest = { format: BUILD_FORMAT, file: basename(file), ...facts };
      this.#writeWhole(join(directory, MANIFEST_NAME), JSON.stringify(manifest));
    }
    forgetOld(params);
  }

  /** Never half a file under its name, also with two hosts at work in one cache. */
  #writeWhole(path: string, text: string): void {
    const temporary = `${path}.${process.pid}.${++this.#writes}.tmp`;
    try {
      writeFileSync(temporary, text, { mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      // The first build of this entry, or somebody has emptied the cache.
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(temporary, text, { mode: 0o600 });
    }
    renameSync(temporary, path);
  }
}

/** The map lies in the cache, far from the sources it names. */
function withAbsoluteSources(text: string, directory: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => resolve(directory, source)) });
}

function forgetOld({ directory, keep }: BuildParams): void {
  const bundles = readdirSync(directory).filter((name) => /\.[cm]js$/.test(name));
  if (bundles.length <= KEPT_BUNDLES) return;
  const old = bundles
    .map((name) => ({ name, time: writtenAt(join(directory, name)) }))
    .sort((a, b) => b.time - a.time)
    .slice(KEPT_BUNDLES)
    .filter(({ name }) => !keep.includes(join(directory, name)));
  for (const { name } of old) {
    rmSync(join(directory, name), { force: true });
    rmSync(join(directory, `${name}.map`), { force: true });
  }
}

/** Somebody else may have forgotten it meanwhile. */
function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
