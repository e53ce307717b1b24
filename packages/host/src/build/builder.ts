/**
 * The builder: a process that turns sources into bundles and ends when it is not needed. The bundler costs tens of megabytes
 * and holds a processor while it works; here neither is the host's.
 */
import { createRequire } from "node:module";
import { createFdChannel, createPeer } from "tau-rpc";
import { EntryBuild } from "./entry-build.ts";
import { FileHashes } from "./file-hashes.ts";
import type { BuildParams, BuildResult } from "./messages.ts";
import { BundleStore } from "./store.ts";

/** Entries whose parsed sources are kept, so that one that was saved is built fast. */
const KEPT_ENTRIES = 16;

const require = createRequire(import.meta.url);

class Builder {
  readonly #sdk = { "tau-ext": require.resolve("tau-ext"), "tau-ext/serve": require.resolve("tau-ext/serve") };
  readonly #hashes = new FileHashes();
  readonly #store = new BundleStore();
  /** By the directory in the cache. The one asked for last comes last. */
  readonly #entries = new Map<string, EntryBuild>();
  #preparing: Promise<unknown> = Promise.resolve();

  async build(params: BuildParams): Promise<BuildResult> {
    const build = this.#use(params);
    const result = await build.build(params);
    this.#forgetOldest();
    return result;
  }

  /** One after the other: somebody may want a build meanwhile. */
  async prepare(params: BuildParams): Promise<boolean> {
    if (!this.#entries.has(params.directory) && this.#entries.size >= KEPT_ENTRIES) return false;
    const build = this.#use(params);
    const mine = this.#preparing.then(() => build.prepare(params));
    // Its own failure is the answer; the next one's turn comes all the same.
    this.#preparing = mine.catch(() => undefined);
    await mine;
    return true;
  }

  #use({ entry, target, directory }: BuildParams): EntryBuild {
    const known = this.#entries.get(directory);
    const { sdk, hashes, store } = { sdk: this.#sdk, hashes: this.#hashes, store: this.#store };
    const build = known ?? new EntryBuild({ entry, target, sdk, hashes, store });
    this.#entries.delete(directory);
    this.#entries.set(directory, build);
    return build;
  }

  #forgetOldest(): void {
    for (const [directory, build] of this.#entries) {
      if (this.#entries.size <= KEPT_ENTRIES) return;
      if (build.isRunning) continue;
      this.#entries.delete(directory);
      void build.dispose();
    }
  }
}

const builder = new Builder();

createPeer(createFdChannel({ fd: 3, writeFd: 4 }), {
  requests: {
    "build/run": async (params) => builder.build(params as unknown as BuildParams),
    "build/prepare": async (params) => builder.prepare(params as unknown as BuildParams),
  },
  onClose: () => process.exit(),
});
