import { mkdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { TauError } from "tau-protocol";
import type { LauncherClient } from "../launch/launcher-client.ts";
import { runToEnd } from "../python/run-to-end.ts";

export interface WasmToolsOptions {
  launcher: LauncherClient;
  /** Where tools are installed, among other things. */
  cacheDir: string;
  /** The host's own. */
  environment: NodeJS.ProcessEnv;
  /** What extensions see of it. */
  cleanEnvironment: Record<string, string>;
}

/** Programs of others that components are made with. Large, so that only who has components gets them. */
export const WASM_TOOLS = {
  /** Takes components apart into what an engine without components runs, and makes them of what Rust compiles to. */
  transpiler: { name: "@bytecodealliance/jco-transpile", version: "0.15.0", about: "100 MB" },
  /** Makes components of JavaScript. */
  componentizer: { name: "componentize-qjs", version: "0.4.5", about: "40 MB" },
} as const;

export type WasmTool = keyof typeof WASM_TOOLS;

const INSTALL_TIMEOUT_MS = 180_000;

/** Where npm's registry is and how it is reached. */
const FOR_NPM = /^(?:npm_config_.*|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_(?:file|dir))$/i;

function npmEnvironment(source: NodeJS.ProcessEnv, clean: Record<string, string>): Record<string, string> {
  const passed = Object.entries(source).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && FOR_NPM.test(entry[0]),
  );
  return { ...clean, ...Object.fromEntries(passed) };
}

/** Finds the tools, or installs them, each once. */
export class WasmTools {
  readonly #options: WasmToolsOptions;
  readonly #found = new Map<WasmTool, Promise<string>>();

  constructor(options: WasmToolsOptions) {
    this.#options = options;
  }

  /**
   * The folder of a tool's package: beside this one where somebody installed it, or else of tau's own.
   * @param onNote told of an installation
   * @throws TauError `build-failed` where it is not there and can't be installed
   */
  async ensure(tool: WasmTool, onNote: (text: string) => void): Promise<string> {
    const known = this.#found.get(tool) ?? this.#find(tool, onNote);
    this.#found.set(tool, known);
    // What failed may work the next time.
    known.catch(() => this.#found.delete(tool));
    return known;
  }

  async #find(tool: WasmTool, onNote: (text: string) => void): Promise<string> {
    const { name, version, about } = WASM_TOOLS[tool];
    const beside = installedBeside(name);
    if (beside !== undefined) return beside;
    const own = join(this.#options.cacheDir, "tools", `${name.replace("/", "-")}-${version}`);
    const folder = join(own, "node_modules", name);
    if (await isThere(folder)) return folder;
    onNote(`installing ${name} ${version} (${about}), once, to work with components`);
    await this.#install(own, `${name}@${version}`);
    return folder;
  }

  /** Under its name when it is whole: somebody may end this process meanwhile, or do the same. */
  async #install(own: string, what: string): Promise<void> {
    const { launcher, environment, cleanEnvironment } = this.#options;
    const temporary = `${own}.${process.pid}.tmp`;
    await mkdir(dirname(own), { recursive: true });
    const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", temporary];
    const run = {
      environment: npmEnvironment(environment, cleanEnvironment),
      timeoutMs: INSTALL_TIMEOUT_MS,
      onLine: () => {},
    };
    const { exitCode, tail } = await runToEnd(launcher, { ...run, command: ["npm", "install", ...flags, what] });
    if (exitCode !== 0) {
      await rm(temporary, { recursive: true, force: true });
      const text = `Expected to install ${what}, which components are worked with, but npm failed:\n${tail.join("\n")}`;
      throw new TauError("build-failed", text, { phase: "build", executed: "no", retryable: true });
    }
    await rename(temporary, own).catch(() => rm(temporary, { recursive: true, force: true }));
  }
}

function installedBeside(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    // Not there, as for most.
    return undefined;
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
