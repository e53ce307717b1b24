import { join } from "node:path";
import { TauError } from "tau-protocol";
import { buildError } from "../build/diagnostics.ts";
import { FileHashes } from "../build/file-hashes.ts";
import { sha256 } from "../build/hash.ts";
import type { LauncherClient } from "../launch/launcher-client.ts";
import { findBundle, type PythonBundle, writeBundle } from "./bundle-store.ts";
import { inspectSource } from "./inspect-source.ts";
import { Environments, installerEnvironment, pythonIn } from "./script-environment.ts";
import { readScriptMetadata } from "./script-metadata.ts";
import { allowsVersion } from "./version-specifier.ts";

export interface PythonBuilderOptions {
  launcher: LauncherClient;
  cacheDir: string;
  /** The host's own. */
  environment: NodeJS.ProcessEnv;
  /** What extensions see of it. */
  cleanEnvironment: Record<string, string>;
  /** Paths of bundles that may still be started: they are not forgotten. */
  bundlesInUse: () => readonly string[];
}

/** A Python extension, ready to be started. */
export interface PythonBuild {
  /** Holds the text of the extension's files as it is now. */
  bundle: string;
  /** The interpreter: of an environment with its dependencies, where it has some. */
  python: string;
  /** That environment's folder. */
  environment: string | undefined;
}

/** Source: pyproject.toml of the SDK. */
const OLDEST_PYTHON = "3.10";

export interface PythonBuildOptions {
  /** Told what takes its time, such as an installation. */
  onNote: (text: string) => void;
  /** Called before what it depends on is installed, or looked up. What it throws ends the build. */
  beforeInstall: () => void;
}

/** Gets `.py` files ready to run: reads them and the modules beside them, and installs what they name. */
export class PythonBuilder {
  readonly #options: PythonBuilderOptions;
  readonly #hashes = new FileHashes();
  readonly #environments: Environments;
  readonly #inputs = new Map<string, readonly string[]>();

  constructor(options: PythonBuilderOptions) {
    const { launcher, cacheDir, environment, cleanEnvironment } = options;
    this.#options = options;
    this.#environments = new Environments({
      launcher,
      directory: join(cacheDir, "python", "environments"),
      environment: installerEnvironment(environment, cleanEnvironment),
    });
  }

  /** @throws TauError `build-failed` with diagnostics, `command-not-found` where there is no Python */
  async build(entry: string, { onNote, beforeInstall }: PythonBuildOptions): Promise<PythonBuild> {
    const found = await this.#bundle(entry);
    const { requiresPython = `>=${OLDEST_PYTHON}`, dependencies } = await readScriptMetadata(entry, found.source);
    checkVersion(entry, `>=${OLDEST_PYTHON}`, found.python);
    checkVersion(entry, requiresPython, found.python);
    if (dependencies.length === 0) return { bundle: found.file, python: found.executable, environment: undefined };
    beforeInstall();
    const { executable, python } = found;
    const environment = await this.#environments.ensure({ executable, python, dependencies, onNote });
    return { bundle: found.file, python: pythonIn(environment), environment };
  }

  /** Every path that decided the last result for an entry. Before the first, the entry alone. */
  inputsOf(entry: string): readonly string[] {
    return this.#inputs.get(entry) ?? [entry];
  }

  async #bundle(entry: string): Promise<PythonBundle> {
    const { launcher, cacheDir, cleanEnvironment, bundlesInUse } = this.#options;
    const directory = join(cacheDir, "python", "bundles", sha256(entry).slice(0, 32));
    const known = await findBundle(directory, this.#hashes);
    if (known !== undefined) {
      this.#inputs.set(entry, known.inputs);
      return known;
    }
    const inspected = await inspectSource(entry, { launcher, environment: cleanEnvironment });
    this.#inputs.set(entry, [entry, ...Object.keys(inspected.files), ...inspected.missing]);
    if (inspected.diagnostics.length > 0) throw buildError(entry, inspected.diagnostics);
    return writeBundle({ directory, entry, keep: bundlesInUse() }, inspected);
  }
}

function checkVersion(entry: string, specifier: string, python: string): void {
  const verdict = allowsVersion(specifier, python);
  if (verdict === true) return;
  const text =
    verdict === undefined
      ? `Expected \`requires-python\` of ${entry} to be a specifier such as ">=3.11", got ${JSON.stringify(specifier)}.`
      : `Expected Python ${specifier} to run ${entry}, but \`python3\` is ${python}. Put another one first in PATH.`;
  throw new TauError("build-failed", text, { phase: "build", executed: "no" });
}
