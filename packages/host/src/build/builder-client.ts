import { fileURLToPath } from "node:url";
import { type Diagnostic, isTauError, TauError, withDetails } from "tau-protocol";
import { type Clock, createPeer, type Peer, type Timer } from "tau-rpc";
import type { Launched, LauncherClient } from "../launch/launcher-client.ts";
import { cacheDirectoryOf, findCachedBundle } from "./cache.ts";
import type { BuilderRequests } from "./messages.ts";

export interface BuilderClientOptions {
  launcher: LauncherClient;
  cacheDir: string;
  environment: Record<string, string>;
  clock: Clock;
  /** A bundler that has not answered by then never will. */
  timeoutMs: number;
}

/** How long an idle builder stays, so that the second of two saves finds it warm. */
const IDLE_MS = 10_000;

interface Builder {
  launched: Launched;
  peer: Peer<BuilderRequests, object>;
}

/** Builds sources, from the cache where it can. */
export class BuilderClient {
  readonly #options: BuilderClientOptions;
  #builder: Promise<Builder> | undefined;
  #active = 0;
  #idle: Timer | undefined;

  constructor(options: BuilderClientOptions) {
    this.#options = options;
  }

  /**
   * The path of a bundle of the entry's present content.
   * @throws TauError `build-failed` with diagnostics
   */
  async build(entry: string): Promise<string> {
    const directory = cacheDirectoryOf(this.#options.cacheDir, entry);
    return (await findCachedBundle(directory)) ?? (await this.#run(entry, directory));
  }

  async close(): Promise<void> {
    const builder = this.#builder;
    this.#builder = undefined;
    this.#options.clock.clearTimeout(this.#idle);
    await builder?.then(
      ({ launched }) => launched.kill(),
      () => undefined,
    );
  }

  async #run(entry: string, directory: string): Promise<string> {
    this.#active += 1;
    this.#options.clock.clearTimeout(this.#idle);
    try {
      const { peer } = await this.#ensureRunning();
      const result = await peer.request("build/run", { entry, directory }, { timeoutMs: this.#options.timeoutMs });
      if (result.kind === "built") return result.file;
      throw buildError(entry, result.diagnostics);
    } catch (error) {
      if (!isTauError(error)) throw error;
      // A bundler that hangs would hang the next build too.
      if (error.code === "timed-out") void this.close();
      throw withDetails(error, { phase: "build" });
    } finally {
      this.#active -= 1;
      if (this.#active === 0) this.#idle = this.#options.clock.setTimeout(() => void this.close(), IDLE_MS);
    }
  }

  #ensureRunning(): Promise<Builder> {
    if (this.#builder !== undefined) return this.#builder;
    const builder = this.#start(() => forget());
    const forget = (): void => {
      if (this.#builder === builder) this.#builder = undefined;
    };
    builder.catch(forget);
    this.#builder = builder;
    return builder;
  }

  async #start(onClose: () => void): Promise<Builder> {
    const tail: string[] = [];
    const launched = await this.#options.launcher.launch(
      {
        command: process.execPath,
        args: [BUILDER],
        cwd: process.cwd(),
        env: this.#options.environment,
        channel: "fd3",
      },
      { output: ({ text }) => tail.splice(0, tail.length, ...[...tail, ...text.split("\n")].slice(-20)) },
    );
    const peer: Peer<BuilderRequests, object> = createPeer(launched.channel, {
      onClose,
      createCloseError: () =>
        new TauError("build-failed", "The process that builds extensions ended while it was building. Try again.", {
          phase: "build",
          executed: "no",
          retryable: true,
          stderrTail: tail,
        }),
    });
    return { launched, peer };
  }
}

const BUILDER = fileURLToPath(new URL("../builder.mjs", import.meta.url));

function buildError(entry: string, diagnostics: readonly Diagnostic[]): TauError {
  const text = diagnostics.map(formatDiagnostic).join("\n");
  return new TauError("build-failed", `${entry} could not be built:\n${text}`, {
    phase: "build",
    executed: "no",
    diagnostics,
  });
}

/** `file:line:column: message`, the line, and a mark under the column. */
export function formatDiagnostic({ file, line, column, message, lineText }: Diagnostic): string {
  const place = file === undefined ? "" : `${file}:${line ?? 1}:${column ?? 1}: `;
  if (lineText === undefined || column === undefined) return `${place}${message}`;
  return `${place}${message}\n    ${lineText}\n    ${" ".repeat(Math.max(0, column - 1))}^`;
}
