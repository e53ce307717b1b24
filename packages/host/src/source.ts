import { realpathSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, extname, join, parse, resolve } from "node:path";
import { TauError } from "tau-protocol";
import { readRegular } from "./read-regular.ts";
import { show } from "./show.ts";

/** What `host.load` takes: a path to a source file or a package directory, or a command. */
export type ExtensionSource = string | CommandSource;

export interface CommandSource {
  /** The program and its arguments. A program with a slash is a path seen from `cwd`. */
  command: readonly string[];
  /** @default the host's */
  cwd?: string;
}

/** A source that was found. */
export type ResolvedSource =
  | {
      kind: "module" | "python" | "rust" | "component";
      entry: string;
      directory: string;
      name: string;
      version: string;
    }
  | { kind: "command"; command: string; args: string[]; cwd: string; name: string; version: string };

const PYTHON_EXTENSION = ".py";
const RUST_EXTENSION = ".rs";
export const COMPONENT_EXTENSION = ".wasm";
/** Makes a directory a project in Rust. */
const CARGO_MANIFEST = "Cargo.toml";
/** What a file is, by the end of its name. */
const KINDS: ReadonlyMap<string, "module" | "python" | "rust" | "component"> = new Map([
  ...[".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"].map((each) => [each, "module"] as const),
  [PYTHON_EXTENSION, "python"],
  [RUST_EXTENSION, "rust"],
  [COMPONENT_EXTENSION, "component"],
]);

/** Whether a file may be an extension, by its name: `weather.ts`, `weather.py`, `weather.rs` … */
export function isSourceFile(path: string): boolean {
  return KINDS.has(extname(path));
}

/** Whether a source can only run as a guest, by its name. */
export function isComponent(source: ExtensionSource): boolean {
  return typeof source === "string" && extname(source) === COMPONENT_EXTENSION;
}

/** @throws TauError `source-not-found`, `source-unsupported`, `manifest-missing`, `manifest-invalid` */
export async function resolveSource(source: ExtensionSource, cwd: string): Promise<ResolvedSource> {
  if (typeof source !== "string") return resolveCommand(source, cwd);
  const path = resolve(cwd, source);
  const found = find(path);
  if (found === undefined) {
    throw refuse("source-not-found", `Expected an extension at ${path}, found nothing there. Check the path.`);
  }
  if (found.kind === "other") {
    throw refuse("source-unsupported", `Expected a file or a folder at ${path}, got something else, such as a pipe.`);
  }
  return found.kind === "folder" ? resolveDirectory(found.path) : resolveFile(found.path);
}

/** Asked without a thread's help: that would take longer than the answer, for each of the dozens that an agent starts with. */
function find(path: string): { path: string; kind: "file" | "folder" | "other" } | undefined {
  try {
    const real = realpathSync.native(path);
    const info = statSync(real);
    return { path: real, kind: info.isDirectory() ? "folder" : info.isFile() ? "file" : "other" };
  } catch {
    // Missing, or out of reach.
    return undefined;
  }
}

/** Paths that decide what a source is: the path given, and what the manifest of a directory says, whether it is there or not. */
export async function pathsOfSource(source: ExtensionSource, cwd: string): Promise<string[]> {
  if (typeof source !== "string") return [];
  const path = resolve(cwd, source);
  if (isSourceFile(path)) return [path];
  const manifest = join(path, "package.json");
  // Whoever loads it is told what is wrong with it.
  const { tau } = await readManifest(manifest, path).catch((): Manifest => ({}));
  const main = tau?.main;
  return [path, manifest, ...(typeof main === "string" ? [resolve(path, main)] : [])];
}

/** A short name for an extension that was given none. */
export function suggestId(source: ExtensionSource): string {
  if (typeof source !== "string" && !isStrings((source as CommandSource | undefined)?.command)) {
    throw refuse("invalid-option", `Expected a path or { command: ["./program"] }, got ${show(source)}.`);
  }
  const path = resolve(typeof source === "string" ? source : (source.command[0] ?? "extension"));
  const name = basename(path, extname(path));
  return name === "index" ? basename(dirname(path)) : name;
}

function resolveCommand({ command, cwd }: CommandSource, hostCwd: string): ResolvedSource {
  const [program, ...args] = command;
  if (program === undefined || program === "") {
    throw refuse("invalid-option", "Expected `command` to hold a program and its arguments, got an empty list.");
  }
  const directory = resolve(hostCwd, cwd ?? ".");
  // As a shell does: a bare word is looked up in PATH, anything with a slash is a path.
  const path = program.includes("/") ? resolve(directory, program) : program;
  return { kind: "command", command: path, args, cwd: directory, name: basename(program), version: "0.0.0" };
}

function resolveFile(entry: string): ResolvedSource {
  const { dir: directory, name: stem, ext } = parse(entry);
  const kind = KINDS.get(ext);
  if (kind === undefined) {
    throw refuse(
      "source-unsupported",
      `Expected a file ending in ${[...KINDS.keys()].join(", ")}, got ${entry}. ` +
        'Run anything else as a command: { command: ["./program"] }.',
    );
  }
  return { kind, entry, directory, name: stem === "index" ? basename(directory) : stem, version: "0.0.0" };
}

interface Manifest {
  name?: unknown;
  version?: unknown;
  tau?: { main?: unknown; command?: unknown };
}

async function resolveDirectory(directory: string): Promise<ResolvedSource> {
  const file = join(directory, "package.json");
  const cargo = join(directory, CARGO_MANIFEST);
  if (find(file) === undefined && find(cargo) !== undefined)
    return { kind: "rust", entry: cargo, directory, name: basename(directory), version: "0.0.0" };
  const { name, version, tau } = await readManifest(file, directory);
  const title = typeof name === "string" ? name.replace(/^@[^/]*\//, "") : basename(directory);
  const number = typeof version === "string" ? version : "0.0.0";
  if (typeof tau === "object" && tau !== null) {
    const { main, command } = tau;
    if (isStrings(command)) {
      return { ...resolveCommand({ command, cwd: directory }, directory), name: title, version: number };
    }
    if (typeof main === "string") return resolveMain(file, resolve(directory, main), title, number);
  }
  throw refuse(
    tau === undefined ? "manifest-missing" : "manifest-invalid",
    `Expected ${file} to have "tau": { "main": "./index.ts" } or "tau": { "command": ["./program"] }, ` +
      `got ${JSON.stringify(tau) ?? 'no "tau"'}.`,
  );
}

async function resolveMain(file: string, main: string, name: string, version: string): Promise<ResolvedSource> {
  const entry = await realpath(main).catch(() => undefined);
  if (entry === undefined) {
    throw refuse("manifest-invalid", `Expected the "tau.main" of ${file} to be a file, found none at ${main}.`);
  }
  const resolved = resolveFile(entry);
  if (find(entry)?.kind === "file") return { ...resolved, name, version };
  throw refuse("manifest-invalid", `Expected the "tau.main" of ${file} to be a file, got something else at ${main}.`);
}

async function readManifest(file: string, directory: string): Promise<Manifest> {
  const text = await readRegular(file).catch(() => undefined);
  if (text === undefined) {
    throw refuse(
      "manifest-missing",
      `Expected a directory with a package.json that has a "tau" field, found no package.json in ${directory}.`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
    throw new SyntaxError("not an object");
  } catch (error) {
    throw refuse("manifest-invalid", `Expected JSON in ${file}: ${(error as Error).message}`);
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function refuse(
  code: "source-not-found" | "source-unsupported" | "manifest-missing" | "manifest-invalid" | "invalid-option",
  message: string,
): TauError {
  return new TauError(code, message, { executed: "no", phase: "resolve" });
}
