import { fileURLToPath } from "node:url";
import { isTauError, TauError, withDetails } from "tau-protocol";
import { type Clock, createPeer, type Peer, type Timer } from "tau-rpc";
import type { Launched, LauncherClient } from "../launch/launcher-client.ts";
import { describeExcess, type Excess, resolveLimits } from "../launch/limits.ts";
import { CacheLookup } from "./cache-lookup.ts";
import { type Build, cacheDirectoryOf } from "./cache.ts";
import { buildError } from "./diagnostics.ts";
import { FileHashes } from "./file-hashes.ts";
import type { BuilderRequests, BuildParams, BuildResult, BuildTarget } from "./messages.ts";

export interface BuilderClientOptions {
  launcher: LauncherClient;
  cacheDir: string;
  environment: Record<string, string>;
  clock: Clock;
  /** A bundler that has not answered by then never will. */
  timeoutMs: number;
  /** Paths of bundles that may still be started or read: they are not forgotten. @default none */
  bundlesInUse?: () => readonly string[];
}

/** How long an idle builder stays, so that the second of two saves finds it warm. */
const IDLE_MS = 10_000;

/**
 * The bundler is written in Go. Collecting garbage a quarter as often takes a quarter off a build of one file; near the limit
 * it collects as often as it must. Source: https://pkg.go.dev/runtime#hdr-Environment_Variables
 */
const BUNDLER_MEMORY = { GOGC: "400", GOMEMLIMIT: "256MiB" };

interface Builder {
  launched: Launched;
  peer: Peer<BuilderRequests, object>;
}

/** Builds sources, from the cache where it can. */
export class BuilderClient {
  readonly #options: BuilderClientOptions;
  readonly #cache = new CacheLookup(new FileHashes());
  #builder: Promise<Builder> | undefined;
  /** What the running builder has built, by directory in the cache: it sees faster than anybody whether that has changed. */
  readonly #built = new Set<string>();
  readonly #inputs = new Map<string, readonly string[]>();
  #active = 0;
  #holds = 0;
  #idle: Timer | undefined;

  constructor(options: BuilderClientOptions) {
    this.#options = options;
  }

  /**
   * A bundle of the entry's present content. Who asks again while it is being built gets the same answer, begun anew if a file
   * has changed.
   * @throws TauError `build-failed` with diagnostics
   */
  async build(entry: string, target: BuildTarget = "node"): Promise<Build> {
    const directory = cacheDirectoryOf(this.#options.cacheDir, entry, target);
    const cached = this.#built.has(directory) ? undefined : await this.#cache.find(directory);
    if (cached === undefined) return this.#run(this.#paramsFor(entry, target));
    this.#inputs.set(entry, cached.inputs);
    return cached;
  }

  /** Begins a build that will be asked for in a moment. */
  anticipate(entry: string, target: BuildTarget = "node"): void {
    // Who asks for it is told what is wrong.
    this.build(entry, target).catch(() => undefined);
  }

  /**
   * Every path that decided the last result for an entry, a failure included: files that were read, and files that were not
   * there and would have counted. Before the first result, the entry alone.
   */
  inputsOf(entry: string): readonly string[] {
    return this.#inputs.get(entry) ?? [entry];
  }

  /** Forgets an entry's inputs. */
  forget(entry: string): void {
    this.#inputs.delete(entry);
  }

  /**
   * Keeps the builder, with the entry's sources read, until the function is called that it answers: for entries that will be
   * built again soon.
   */
  keepWarm(entry: string, target: BuildTarget = "node"): () => void {
    const params = this.#paramsFor(entry, target);
    this.#holds += 1;
    this.#use(async ({ peer }) => {
      if (await peer.request("build/prepare", params, this.#deadline)) this.#built.add(params.directory);
      // Only to be faster: whatever is wrong, the next build will say.
    }).catch(() => undefined);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      this.#restWhenIdle();
    };
  }

  async close(): Promise<void> {
    const builder = this.#builder;
    this.#builder = undefined;
    this.#built.clear();
    this.#options.clock.clearTimeout(this.#idle);
    await builder?.then(
      ({ launched }) => launched.kill(),
      () => undefined,
    );
  }

  get #deadline(): { timeoutMs: number } {
    return { timeoutMs: this.#options.timeoutMs };
  }

  /** Not before it is sent: who is in use is asked of every extension. */
  #paramsFor(entry: string, target: BuildTarget): BuildParams {
    const { cacheDir, bundlesInUse = () => [] } = this.#options;
    return { entry, target, directory: cacheDirectoryOf(cacheDir, entry, target), keep: [...bundlesInUse()] };
  }

  async #run(params: BuildParams): Promise<Build> {
    const { entry, directory } = params;
    const ask = (): Promise<BuildResult> => this.#use(({ peer }) => peer.request("build/run", params, this.#deadline));
    // Nothing comes of a build that its builder did not live to answer. Where it was the source that ended it, it does so again.
    const result = await ask().catch((error: unknown) => (isLost(error) ? ask() : Promise.reject(error as Error)));
    this.#inputs.set(entry, result.inputs);
    if (result.kind === "failed") throw buildError(entry, result.diagnostics);
    this.#built.add(directory);
    return { file: result.file, inputs: result.inputs, sources: result.sources };
  }

  async #use<Result>(work: (builder: Builder) => Promise<Result>): Promise<Result> {
    this.#active += 1;
    this.#options.clock.clearTimeout(this.#idle);
    try {
      return await work(await this.#ensureRunning());
    } catch (error) {
      if (!isTauError(error)) throw error;
      // A bundler that hangs would hang the next build too.
      if (error.code === "timed-out") void this.close();
      throw withDetails(error, { phase: "build" });
    } finally {
      this.#active -= 1;
      this.#restWhenIdle();
    }
  }

  #restWhenIdle(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#idle);
    if (this.#active === 0 && this.#holds === 0) this.#idle = clock.setTimeout(() => void this.close(), IDLE_MS);
  }

  #ensureRunning(): Promise<Builder> {
    if (this.#builder !== undefined) return this.#builder;
    const builder = this.#start(() => forget());
    const forget = (): void => {
      if (this.#builder !== builder) return;
      this.#builder = undefined;
      this.#built.clear();
    };
    builder.catch(forget);
    this.#builder = builder;
    return builder;
  }

  async #start(onClose: () => void): Promise<Builder> {
    const tail: string[] = [];
    let excess: Excess | undefined;
    const launched = await this.#options.launcher.launch(
      {
        command: process.execPath,
        args: [BUILDER],
        cwd: process.cwd(),
        env: { ...this.#options.environment, ...BUNDLER_MEMORY },
        channel: "fd3+4",
        // It reads whatever an extension imports, `/dev/zero` too, and no sandbox is around it.
        limits: resolveLimits(),
      },
      {
        output: ({ text }) => tail.splice(0, tail.length, ...[...tail, ...text.split("\n")].slice(-20)),
        exceeded: (found) => void (excess = found),
      },
    );
    // What it builds is started next.
    launched.up();
    const peer: Peer<BuilderRequests, object> = createPeer(launched.channel, {
      onClose,
      createCloseError: () =>
        new TauError("build-failed", describeClose(excess), {
          phase: "build",
          executed: "no",
          retryable: excess === undefined,
          stderrTail: tail,
        }),
    });
    return { launched, peer };
  }
}

/** The builder has ended, and not because it used too much. */
function isLost(error: unknown): boolean {
  return isTauError(error) && error.code === "build-failed" && error.retryable;
}

function describeClose(excess: Excess | undefined): string {
  if (excess === undefined) return "The process that builds extensions ended while it was building. Try again.";
  const [used] = describeExcess(excess).split(". If it needs more");
  return `The process that builds extensions was ended: it ${used}. Does an import lead to something without an end?`;
}

const BUILDER = fileURLToPath(new URL("../builder.mjs", import.meta.url));
