import { readFileSync, statSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TauError } from "tau-protocol";
import { sha256 } from "../build/hash.ts";
import { runToEnd } from "../python/run-to-end.ts";
import type { TranspileResult } from "./transpile-main.ts";
import { WASM_TOOLS, WasmTools, type WasmToolsOptions } from "./wasm-tools.ts";

export type ComponentBuilderOptions = WasmToolsOptions;

/** Beside the tool's version. Changes when the same component would be made into something else. */
const FORMAT = 2;

/** What was made of components that were loaded last. */
const KEPT_COMPONENTS = 50;

const TRANSPILE = fileURLToPath(new URL("./transpile-main.js", import.meta.url));
const TIMEOUT_MS = 120_000;

/** All that a component may import: `wit/tau-ext.wit` of tau-ext. */
const ALLOWED_IMPORTS: readonly string[] = ["tau:ext/host"];
const NEEDED_EXPORTS: readonly string[] = [
  "setup",
  "listTools",
  "listEvents",
  "listHooks",
  "execute",
  "observe",
  "decide",
  "collectState",
];

/** Makes components into what Node runs, once for each content. */
export class ComponentBuilder {
  readonly #options: ComponentBuilderOptions;
  readonly tools: WasmTools;
  readonly #building = new Map<string, Promise<string>>();

  constructor(options: ComponentBuilderOptions) {
    this.#options = options;
    this.tools = new WasmTools(options);
  }

  /**
   * The folder of what a component is made into.
   * @throws TauError `build-failed` for what is no component of an extension, and for one that imports anything but tau's own
   */
  async build(entry: string, onNote: (text: string) => void): Promise<string> {
    const content = await readFile(entry);
    const key = sha256(Buffer.concat([Buffer.from(`${FORMAT} ${WASM_TOOLS.transpiler.version} `), content]));
    const folder = join(this.#options.cacheDir, "components", key.slice(0, 32));
    const building = this.#building.get(folder) ?? this.#make(entry, folder, onNote);
    this.#building.set(folder, building);
    return building.finally(() => this.#building.delete(folder));
  }

  async #make(entry: string, folder: string, onNote: (text: string) => void): Promise<string> {
    const known = readManifest(folder);
    if (known === undefined) await this.#transpile(entry, folder, onNote);
    expectWorld(entry, known ?? readManifest(folder) ?? { imports: [], exports: [] });
    return folder;
  }

  async #transpile(entry: string, folder: string, onNote: (text: string) => void): Promise<void> {
    const { launcher, cleanEnvironment: environment } = this.#options;
    const tool = await this.tools.ensure("transpiler", onNote);
    const temporary = `${folder}.${process.pid}.tmp`;
    const command = [process.execPath, TRANSPILE, tool, entry, temporary];
    const run = { environment, timeoutMs: TIMEOUT_MS, onLine: () => {} };
    const { exitCode, tail } = await runToEnd(launcher, { ...run, command });
    if (exitCode === 0) {
      // Somebody may have made the same meanwhile.
      await rename(temporary, folder).catch(() => rm(temporary, { recursive: true, force: true }));
      await forgetOld(dirname(folder));
      return;
    }
    await rm(temporary, { recursive: true, force: true });
    const why = tail.find((line) => /^\S*(?:Error|error)\b.*:/.test(line)) ?? tail.at(-1) ?? "it was ended";
    throw buildFailed(`Expected ${entry} to be a component of WebAssembly: ${why}`);
  }
}

/** One that is still in use is made again when it is started the next time. */
async function forgetOld(directory: string): Promise<void> {
  const all = (await readdir(directory)).map((name) => join(directory, name));
  const dated = all.map((path) => ({ path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  const old = dated.toSorted((a, b) => b.time - a.time).slice(KEPT_COMPONENTS);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}

function readManifest(folder: string): TranspileResult | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as TranspileResult;
  } catch {
    // Not made yet.
    return undefined;
  }
}

/** @throws TauError `build-failed` */
function expectWorld(entry: string, { imports, exports }: TranspileResult): void {
  const foreign = imports.filter((name) => !ALLOWED_IMPORTS.includes(name));
  if (foreign.length > 0) {
    const text = `Expected ${entry} to import ${ALLOWED_IMPORTS.join()} and nothing else, got ${foreign.join(", ")}. There are no files, sockets or clocks in this tier.`;
    throw buildFailed(text);
  }
  const missing = NEEDED_EXPORTS.filter((name) => !exports.includes(name));
  if (missing.length === 0) return;
  const text = `Expected ${entry} to export what the world \`tau:ext/extension\` says, missing is ${missing.join(", ")}. See wit/tau-ext.wit of tau-ext.`;
  throw buildFailed(text);
}

function buildFailed(message: string): TauError {
  return new TauError("build-failed", message, { phase: "build", executed: "no" });
}
