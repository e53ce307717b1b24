import { access, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isTauError, TauError } from "tau-protocol";
import { buildError } from "../build/diagnostics.ts";
import { sha256 } from "../build/hash.ts";
import type { LauncherClient } from "../launch/launcher-client.ts";
import { runToEnd } from "../python/run-to-end.ts";
import { readRegular } from "../read-regular.ts";
import { CargoOutput } from "./cargo-output.ts";

export interface RustBuilderOptions {
  launcher: LauncherClient;
  cacheDir: string;
  /** What Cargo sees. */
  environment: Record<string, string>;
  /** Paths of programs that may still be started: they are not forgotten. */
  bundlesInUse: () => readonly string[];
}

/** The crate, copied beside the host when that is built, so that both come from one release. */
const SDK = fileURLToPath(new URL("../rust-sdk/", import.meta.url));
/** Of a first build with large dependencies on a slow machine. */
const BUILD_TIMEOUT_MS = 1_800_000;
/** Programs kept for each entry beside those in use. */
const KEPT_PROGRAMS = 3;

export interface RustBuildOptions {
  /** Told how far it is. */
  onNote: (text: string) => void;
  /** Aborted when nobody wants the result any more: Cargo is ended, for a newer save waits for it. */
  signal: AbortSignal;
}

interface Job {
  /** Beside it lies the lock file. */
  manifest: string;
  /** Of the program in the target directory. */
  name: string;
  toFile: (path: string) => string;
}

/** Builds `.rs` files and Cargo projects, in one target directory: what several extensions use is compiled once. */
export class RustBuilder {
  readonly #options: RustBuilderOptions;
  readonly #inputs = new Map<string, readonly string[]>();
  /** The last build of each entry. One that is asked for meanwhile follows it: what it was asked for may have been saved since. */
  readonly #building = new Map<string, Promise<unknown>>();

  constructor(options: RustBuilderOptions) {
    this.#options = options;
  }

  /**
   * The program of the entry's present content: a `.rs` file, or a Cargo.toml.
   * @throws TauError `build-failed` with the compiler's words, `command-not-found` where there is no Cargo; the signal's reason
   */
  async build(entry: string, options: RustBuildOptions): Promise<string> {
    const before = this.#building.get(entry) ?? Promise.resolve();
    const run = async (): Promise<string> => {
      options.signal.throwIfAborted();
      return basename(entry) === "Cargo.toml" ? this.#project(entry, options) : this.#script(entry, options);
    };
    const mine = before.then(run, run);
    this.#building.set(entry, mine);
    try {
      return await mine;
    } finally {
      if (this.#building.get(entry) === mine) this.#building.delete(entry);
    }
  }

  /** Every path that decided the last result for an entry. Before the first, the entry alone. */
  inputsOf(entry: string): readonly string[] {
    return this.#inputs.get(entry) ?? [entry];
  }

  async #script(entry: string, options: RustBuildOptions): Promise<string> {
    // Whatever else an agent runs, it waits for no reader of TOML.
    const [{ readRustScript }, { makeProject, programName }] = await Promise.all([
      import("./front-matter.ts"),
      import("./script-project.ts"),
    ]);
    const { manifest: given, body } = readRustScript(entry, await readRegular(entry));
    const name = programName(entry, sha256(entry));
    const { manifest, hasLocalCrates } = makeProject(entry, given, { name, sdk: join(SDK, "tau-ext") });
    const folder = join(this.#directory(entry), "project");
    const programs = join(this.#directory(entry), "programs");
    const program = join(programs, sha256(JSON.stringify([body, manifest, await sdkDigest()])).slice(0, 32));
    this.#inputs.set(entry, [entry]);
    if (!hasLocalCrates && (await isThere(program))) return program;
    await mkdir(folder, { recursive: true });
    await writeChanged(join(folder, basename(entry)), body);
    await writeChanged(join(folder, "Cargo.toml"), manifest);
    // The versions that tau was tested with, where the file does not want others.
    if (!(await isThere(join(folder, "Cargo.lock"))))
      await copyFile(join(SDK, "Cargo.lock"), join(folder, "Cargo.lock"));
    const toFile = (path: string): string =>
      resolve(folder, path) === join(folder, basename(entry)) ? entry : resolve(folder, path);
    const built = await this.#cargo(entry, { manifest: join(folder, "Cargo.toml"), name, toFile }, options);
    await this.#learnInputs(entry, built, folder);
    return this.#keep(built, program);
  }

  async #project(entry: string, options: RustBuildOptions): Promise<string> {
    const folder = dirname(entry);
    this.#inputs.set(entry, [entry, join(folder, "Cargo.lock"), join(folder, "src/main.rs")]);
    const built = await this.#cargo(
      entry,
      { manifest: entry, name: basename(folder), toFile: (path) => resolve(folder, path) },
      options,
    );
    await this.#learnInputs(entry, built, folder);
    const { mtimeMs, size } = await stat(built);
    return this.#keep(built, join(this.#directory(entry), "programs", sha256(`${mtimeMs} ${size}`).slice(0, 32)));
  }

  async #cargo(entry: string, { manifest, toFile }: Job, { onNote, signal }: RustBuildOptions): Promise<string> {
    const { launcher, cacheDir, environment } = this.#options;
    const lock = await readFile(join(dirname(manifest), "Cargo.lock"), "utf8").catch(() => "");
    const output = new CargoOutput({ toFile, crates: lock.split("[[package]]").length - 1, onNote });
    const target = join(cacheDir, "rust", "target");
    // A single file's program has a name that nobody should have to read.
    const names = basename(entry) === "Cargo.toml" ? {} : { TAU_EXTENSION_NAME: basename(entry, ".rs") };
    const command = ["cargo", "build", "--manifest-path", manifest, "--target-dir", target, "--message-format=json"];
    const { exitCode, tail } = await this.#run(entry, () =>
      runToEnd(launcher, {
        command,
        environment: { ...environment, ...names },
        timeoutMs: BUILD_TIMEOUT_MS,
        onLine: (line) => output.line(line),
        signal,
      }),
    );
    signal.throwIfAborted();
    if (exitCode === 0 && output.program !== undefined) return output.program;
    if (output.diagnostics.length > 0) throw buildError(entry, output.diagnostics);
    const said = tail.filter((line) => !line.startsWith("{")).join("\n");
    const why =
      exitCode === 0 ? "Expected it to be a program, but it has no `main`. Add one with `#[tau_ext::main]`." : said;
    throw buildError(entry, [{ severity: "error", message: why, file: entry, line: 1, column: 1 }]);
  }

  async #run<Result>(entry: string, run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (!isTauError(error) || error.code !== "command-not-found") throw error;
      const text = `Expected \`cargo\` in PATH to build ${entry}, found none. Install Rust: https://rustup.rs`;
      throw new TauError("command-not-found", text, { phase: "build", executed: "no", cause: error });
    }
  }

  /** Cargo writes beside the program what it was made of. */
  async #learnInputs(entry: string, program: string, folder: string): Promise<void> {
    const text = await readFile(`${program}.d`, "utf8").catch(() => "");
    const paths = text
      .slice(text.indexOf(":") + 1)
      .trim()
      .split(/(?<!\\) /)
      .map((path) => path.replaceAll("\\ ", " "))
      .filter(Boolean);
    const own = paths.filter((path) => !path.startsWith(SDK) && !path.startsWith(join(folder, basename(entry))));
    this.#inputs.set(entry, [...new Set([...this.inputsOf(entry), ...own])]);
  }

  /** A copy that stays what it is: the next build writes over the program in the target directory. */
  async #keep(built: string, program: string): Promise<string> {
    const programs = dirname(program);
    await mkdir(programs, { recursive: true });
    const temporary = `${program}.${process.pid}.tmp`;
    await copyFile(built, temporary);
    await rename(temporary, program);
    const used = new Set(this.#options.bundlesInUse());
    const others = (await readdir(programs))
      .map((name) => join(programs, name))
      .filter((path) => path !== program && !used.has(path));
    const aged = await Promise.all(
      others.map(async (path) => ({ path, time: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 })),
    );
    const old = aged.sort((a, b) => b.time - a.time).slice(KEPT_PROGRAMS);
    for (const { path } of old) await rm(path, { force: true });
    return program;
  }

  #directory(entry: string): string {
    return join(this.#options.cacheDir, "rust", "extensions", sha256(entry).slice(0, 32));
  }
}

/** Another SDK builds anew. */
function sdkDigest(): Promise<string> {
  return readFile(join(SDK, "digest"), "utf8");
}

/** Cargo goes by times: what is the same must not look new. */
async function writeChanged(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) !== text) await writeFile(path, text);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const FOR_CARGO =
  /^(CARGO|RUSTUP|RUST)_|^RUSTC|^(https?|all|no)_proxy$|^(SSL_CERT_FILE|SSL_CERT_DIR|CC|LD_LIBRARY_PATH)$/i;

/** Cargo has to find its toolchain and the registry, which may be behind a proxy. */
export function cargoEnvironment(source: NodeJS.ProcessEnv, clean: Record<string, string>): Record<string, string> {
  const passed = Object.entries(source).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && FOR_CARGO.test(entry[0]) && entry[0] !== "CARGO_TARGET_DIR",
  );
  return { ...clean, ...Object.fromEntries(passed), CARGO_TERM_COLOR: "never" };
}
