import { randomBytes } from "node:crypto";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isTauError, TauError } from "tau-protocol";
import { sha256 } from "../build/hash.ts";
import type { LauncherClient } from "../launch/launcher-client.ts";
import { runToEnd } from "./run-to-end.ts";

export interface EnvironmentsOptions {
  launcher: LauncherClient;
  /** Where environments are kept, for all hosts of this user. */
  directory: string;
  /** What installers see: with proxies and package indexes, which extensions do not. */
  environment: Record<string, string>;
}

export interface Requirements {
  /** Of the Python that the environment is for. */
  executable: string;
  python: string;
  dependencies: readonly string[];
  /** Told what is being done, line by line. */
  onNote: (text: string) => void;
}

const VENV_TIMEOUT_MS = 120_000;
const INSTALL_TIMEOUT_MS = 1_200_000;

/** Environments with installed dependencies, one for each list of them and each Python. Made once. */
export class Environments {
  readonly #options: EnvironmentsOptions;
  readonly #making = new Map<string, Promise<string>>();

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
  }

  /**
   * The folder of an environment. Who asks while it is being made gets the same.
   * @throws TauError `build-failed` with the installer's last lines
   */
  async ensure(requirements: Requirements): Promise<string> {
    const { executable, python, dependencies } = requirements;
    const key = sha256(JSON.stringify([executable, python, [...dependencies].sort()])).slice(0, 32);
    const ready = await this.#find(key);
    if (ready !== undefined) return ready;
    const making = this.#making.get(key) ?? this.#make(key, requirements).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  /** A file that names the folder is written last, so that half an environment is none. */
  async #find(key: string): Promise<string | undefined> {
    try {
      const name = await readFile(this.#pointer(key), "utf8");
      const folder = join(this.#options.directory, name);
      await access(pythonIn(folder));
      return folder;
    } catch {
      // Not made yet, or its Python was uninstalled: it is made anew.
      return undefined;
    }
  }

  /** Under its final name from the beginning: what is installed holds its own path. */
  async #make(key: string, requirements: Requirements): Promise<string> {
    const { directory } = this.#options;
    const name = `${key}-${randomBytes(4).toString("hex")}`;
    const folder = join(directory, name);
    await mkdir(directory, { recursive: true });
    try {
      await this.#install(folder, requirements);
      // Another host may have been faster.
      const other = await this.#find(key);
      if (other !== undefined) {
        await remove(folder);
        return other;
      }
      await writeFile(`${folder}.tmp`, name);
      await rename(`${folder}.tmp`, this.#pointer(key));
      return folder;
    } catch (error) {
      await remove(folder);
      throw error;
    }
  }

  async #install(folder: string, { executable, dependencies, onNote }: Requirements): Promise<void> {
    onNote(`Installing ${dependencies.join(", ")} …`);
    const hasUv = await this.#tryUv(["venv", "--quiet", "--python", executable, folder], onNote);
    if (!hasUv) await this.#run([executable, "-m", "venv", folder], VENV_TIMEOUT_MS, onNote);
    const python = pythonIn(folder);
    const installer = hasUv
      ? ["uv", "pip", "install", "--python", python]
      : [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"];
    await this.#run([...installer, ...dependencies], INSTALL_TIMEOUT_MS, onNote);
    onNote(`Installed ${dependencies.join(", ")}.`);
  }

  /** False where there is no uv. */
  async #tryUv(args: readonly string[], onNote: (text: string) => void): Promise<boolean> {
    try {
      await this.#run(["uv", ...args], VENV_TIMEOUT_MS, onNote);
      return true;
    } catch (error) {
      if (isTauError(error) && error.code === "command-not-found") return false;
      throw error;
    }
  }

  async #run(command: readonly string[], timeoutMs: number, onNote: (text: string) => void): Promise<void> {
    const { launcher, environment } = this.#options;
    const { exitCode, signal, tail } = await runToEnd(launcher, { command, environment, timeoutMs, onLine: onNote });
    if (exitCode === 0) return;
    const how =
      exitCode === null ? `was ended by ${signal ?? "tau, because it took too long"}` : `failed (${exitCode})`;
    const text = `\`${command.join(" ")}\` ${how}:\n${tail.join("\n")}`;
    throw new TauError("build-failed", text, { phase: "build", executed: "no", stderrTail: tail });
  }

  #pointer(key: string): string {
    return join(this.#options.directory, `${key}.ready`);
  }
}

export function pythonIn(folder: string): string {
  return join(folder, "bin", "python");
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

const FOR_INSTALLERS = /^(PIP|UV)_|^(https?|all|no)_proxy$|^(SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE)$/i;

/** Installers need to find the package index, which may be behind a proxy. */
export function installerEnvironment(source: NodeJS.ProcessEnv, clean: Record<string, string>): Record<string, string> {
  const passed = Object.entries(source).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && FOR_INSTALLERS.test(entry[0]),
  );
  return { ...clean, ...Object.fromEntries(passed) };
}
