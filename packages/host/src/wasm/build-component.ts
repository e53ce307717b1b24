import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TauError } from "tau-protocol";
import { cleanEnvironment } from "../environment.ts";
import { LauncherClient } from "../launch/launcher-client.ts";
import { runToEnd } from "../python/run-to-end.ts";
import { cargoEnvironment } from "../rust/rust-builder.ts";
import { readAskedPermissions } from "../sandbox/asked-permissions.ts";
import type { Permissions } from "../sandbox/permissions.ts";
import { resolveSource } from "../source.ts";
import { ComponentBuilder } from "./component-builder.ts";
import { withPermissionsSection } from "./permissions-section.ts";
import type { WasmTools } from "./wasm-tools.ts";

export interface BuildComponentOptions {
  /** A TypeScript or JavaScript file that exports what the world says, or a Cargo project of a `cdylib` with `wit-bindgen`. */
  source: string;
  /** Where the component is put. @default beside the source, under its name, ending in `.wasm` */
  out?: string;
  /** @default process.cwd() */
  cwd?: string;
  /** @default process.env */
  environment?: NodeJS.ProcessEnv;
  /** Told of what takes its time. @default nobody */
  onNote?: (text: string) => void;
}

const COMPONENTIZE = fileURLToPath(new URL("./componentize-main.js", import.meta.url));
const TIMEOUT_MS = 120_000;
/** Of a first build with large dependencies on a slow machine. */
const CARGO_TIMEOUT_MS = 1_800_000;
const TARGET = "wasm32-unknown-unknown";

/**
 * Makes a component of a source, and checks that it can be loaded: that it exports what an extension has to and imports nothing else.
 * @returns the component's path
 * @throws TauError `build-failed`, `command-not-found`, `source-unsupported`
 */
export async function buildComponent(options: BuildComponentOptions): Promise<string> {
  const { source, cwd = process.cwd(), environment = process.env, onNote = () => {} } = options;
  const clean = cleanEnvironment(environment);
  const launcher = new LauncherClient(spawn);
  const cacheDir = join(environment["TAU_HOME"] ?? join(homedir(), ".tau"), "cache");
  const builder = new ComponentBuilder({ launcher, cacheDir, environment, cleanEnvironment: clean });
  const { tools } = builder;
  const folder = await mkdtemp(join(tmpdir(), "tau-component-"));
  try {
    const resolved = await resolveSource(source, cwd);
    const place: Place = { launcher, tools, folder, onNote, clean, cargo: cargoEnvironment(environment, clean) };
    if (resolved.kind !== "module" && resolved.kind !== "rust") {
      const text = `Expected TypeScript, JavaScript or a Cargo project to make a component of, got ${source}.`;
      throw new TauError("source-unsupported", text, { executed: "no", phase: "resolve" });
    }
    const { kind, entry, directory, name } = resolved;
    const out = resolve(cwd, options.out ?? join(directory, `${name}.wasm`));
    await (kind === "rust" ? fromRust(entry, out, place) : fromScript(entry, out, place));
    await askFor(out, await readAskedPermissions(source, cwd));
    await builder.build(out, onNote);
    return out;
  } finally {
    await launcher.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What its source asks for, the component asks for itself: it may be handed on without the source. */
async function askFor(component: string, asked: Permissions): Promise<void> {
  if (Object.keys(asked).length === 0) return;
  await writeFile(component, withPermissionsSection(await readFile(component), JSON.stringify(asked)));
}

interface Place {
  launcher: LauncherClient;
  tools: WasmTools;
  /** For what lies between. */
  folder: string;
  onNote: (text: string) => void;
  clean: Record<string, string>;
  cargo: Record<string, string>;
}

async function fromScript(entry: string, out: string, place: Place): Promise<void> {
  const file = join(place.folder, "component.js");
  // Not before it is needed: it brings the bundler, which would take 10 ms of every host's start.
  const { bundleForComponent } = await import("./bundle-for-component.ts");
  await writeFile(file, await bundleForComponent(entry));
  const tool = await place.tools.ensure("componentizer", place.onNote);
  const wit = createRequire(import.meta.url).resolve("tau-ext/wit/tau-ext.wit");
  await run(place, [process.execPath, COMPONENTIZE, tool, file, out, wit], entry);
}

async function fromRust(entry: string, out: string, place: Place): Promise<void> {
  if (basename(entry) !== "Cargo.toml") {
    const text = `Expected a Cargo project, a folder with a Cargo.toml, to make a component of, got ${entry}.`;
    throw new TauError("source-unsupported", text, { executed: "no", phase: "resolve" });
  }
  place.onNote(`compiling ${dirname(entry)}`);
  const module = await compile(entry, place);
  const tool = await place.tools.ensure("transpiler", place.onNote);
  await run(place, [process.execPath, COMPONENTIZE, tool, module, out], entry);
}

/** The module that Cargo makes of a project. */
async function compile(manifest: string, { launcher, cargo }: Place): Promise<string> {
  let module: string | undefined;
  const onLine = (line: string): void => {
    if (line.includes('"reason":"compiler-artifact"')) module = /"([^"]+\.wasm)"/.exec(line)?.[1] ?? module;
  };
  const format = "--message-format=json-render-diagnostics";
  const command = ["cargo", "build", "--release", "--target", TARGET, format, "--manifest-path", manifest];
  const { exitCode, tail } = await runToEnd(launcher, {
    command,
    environment: cargo,
    timeoutMs: CARGO_TIMEOUT_MS,
    onLine,
  });
  if (exitCode === 0 && module !== undefined) return module;
  const words = tail.filter((line) => !line.startsWith("{")).join("\n");
  const why = exitCode === 0 ? 'it has no library with `crate-type = ["cdylib"]`' : words;
  const text = `${manifest} could not be compiled to WebAssembly (if the target is missing: rustup target add ${TARGET}):\n${why}`;
  throw new TauError("build-failed", text, { phase: "build", executed: "no" });
}

async function run({ launcher, clean }: Place, command: string[], entry: string): Promise<void> {
  const options = { command, environment: clean, timeoutMs: TIMEOUT_MS, onLine: () => {} };
  const { exitCode, tail } = await runToEnd(launcher, options);
  if (exitCode === 0) return;
  const text = `${entry} could not be made into a component:\n${tail.join("\n")}`;
  throw new TauError("build-failed", text, { phase: "build", executed: "no" });
}
