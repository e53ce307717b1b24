import { dirname } from "node:path";
import { type BundleResult, Bundler } from "./bundle.ts";
import { findCachedBundle } from "./cache.ts";
import { type FileHashes, FileLook, mayHaveChangedSince } from "./file-hashes.ts";
import { hasHiddenChange, InputFinder, sameContent, type Snapshot, takeSnapshot } from "./inputs.ts";
import type { BuildParams, BuildResult, BuildTarget } from "./messages.ts";
import type { SdkFiles } from "./plugins.ts";
import type { BundleStore } from "./store.ts";

/** Nobody saves faster than this again and again. */
const MAX_TRIES = 3;

export interface EntryBuildOptions {
  entry: string;
  target: BuildTarget;
  sdk: SdkFiles;
  hashes: FileHashes;
  store: BundleStore;
}

/** A result that was not there yet when it was asked for. */
type Finished = Exclude<BundleResult, { kind: "cancelled" }>;

interface Outcome {
  result: Finished;
  inputs: Snapshot;
  /** Whether the result is surely that of these inputs. */
  isSure: boolean;
}

/** Builds one entry, as often as it is asked to. */
export class EntryBuild {
  readonly #options: EntryBuildOptions;
  readonly #bundler: Bundler;
  readonly #finder = new InputFinder();
  #running: Promise<BuildResult> | undefined;
  /** The inputs as they were for the last result. */
  #last: Snapshot = new Map();
  /** The inputs as they were when the build began that is running. */
  #before: Snapshot = new Map();

  constructor(options: EntryBuildOptions) {
    this.#options = options;
    const { entry, target, sdk } = options;
    this.#bundler = new Bundler({ entry, target, directory: dirname(entry), sdk });
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The result for what is in the files now. Whoever asks during a build gets its result, begun anew if a file has changed. */
  build(params: BuildParams): Promise<BuildResult> {
    if (this.#running === undefined) return this.#start(this.#answer(params));
    const { hashes } = this.#options;
    if (!sameContent(this.#before, takeSnapshot(this.#before.keys(), hashes))) void this.#bundler.cancel();
    return this.#running;
  }

  /** Builds although nothing has changed, so that the bundler has read everything when something has. */
  async prepare(params: BuildParams): Promise<void> {
    if (this.#running === undefined && this.#last.size === 0) await this.#start(this.#run(params, this.#last));
  }

  async dispose(): Promise<void> {
    await this.#bundler.reset();
  }

  #start(result: Promise<BuildResult>): Promise<BuildResult> {
    this.#running = result.finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #answer(params: BuildParams): Promise<BuildResult> {
    const { hashes } = this.#options;
    const before = takeSnapshot(this.#last.keys(), hashes);
    // What has changed since it was built here is not worth a look into the cache.
    const cached = sameContent(this.#last, before)
      ? await findCachedBundle(params.directory, new FileLook(hashes))
      : undefined;
    return cached === undefined ? this.#run(params, before) : { kind: "built", ...cached };
  }

  async #run(params: BuildParams, before: Snapshot): Promise<BuildResult> {
    const { result, inputs, isSure } = await this.#bundle(before);
    const paths = [...inputs.keys()];
    if (result.kind === "failed") return { kind: "failed", diagnostics: result.diagnostics, inputs: paths };
    const { store } = this.#options;
    const file = store.write(params, result);
    const { sources } = result;
    const hashed = [...inputs].map(([path, { sha256 }]) => ({ path, sha256 }));
    // After the answer, which leaves at the end of this turn.
    setImmediate(() => {
      try {
        store.finish(params, file, isSure ? { inputs: hashed, sources: sources.length } : undefined);
      } catch {
        // The bundle is whole and runs. Without a manifest the next look into the cache builds again, and says what is wrong.
      }
    });
    return { kind: "built", file, inputs: paths, sources: [...sources] };
  }

  /**
   * A file saved while it is bundled would leave an old bundle under its new hash, and one of two files saved together a bundle
   * that never was: then it is done again. What was read lies between two looks at the content; new inputs, at which nobody
   * looked before, must not have changed since.
   */
  async #bundle(first: Snapshot): Promise<Outcome> {
    const { hashes } = this.#options;
    this.#before = first;
    for (let tries = 1; ; tries++) {
      const startedAt = Date.now();
      const before = this.#before;
      if (hasHiddenChange(this.#last, before)) await this.#bundler.reset();
      const result = await this.#bundler.bundle();
      if (result.kind === "cancelled") {
        tries -= 1;
      } else {
        const inputs = takeSnapshot(await this.#finder.inputsOf(result, hashes), hashes);
        // The bundler still knows files that a failed build did not come to.
        this.#last = result.kind === "failed" ? new Map([...this.#last, ...inputs]) : inputs;
        const isNew = (path: string): boolean => !before.has(path);
        const isSure =
          sameContent(before, inputs) &&
          ![...inputs.keys()].some((path) => isNew(path) && mayHaveChangedSince(path, startedAt));
        if (isSure || tries >= MAX_TRIES) return { result, inputs, isSure };
      }
      this.#before = takeSnapshot(this.#last.keys(), hashes);
    }
  }
}
