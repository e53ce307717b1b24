import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import type { BuilderClient } from "../build/builder-client.ts";
import { nearestManifest } from "../nearest-manifest.ts";
import type { PythonBuilder } from "../python/python-builder.ts";
import type { RustBuilder } from "../rust/rust-builder.ts";
import { type ExtensionSource, pathsOfSource, type ResolvedSource, resolveSource } from "../source.ts";

/** What package managers write when they install something. */
const LOCKFILES = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

export interface WatchedSourceOptions {
  source: ExtensionSource;
  /** The host's working directory. */
  cwd: string;
  /** The program that runs what is built from source, a part of tau's own SDK. */
  runner: string;
  builder: Pick<BuilderClient, "inputsOf">;
  python: Pick<PythonBuilder, "inputsOf">;
  rust: Pick<RustBuilder, "inputsOf">;
}

/**
 * Every path whose change may make another extension of a source, as far as the last build could see: ask again after each
 * load, also one that failed. Paths are named whether something is there or not. Left out is tau's own SDK: its
 * other half, the host, stays what it is.
 */
export async function watchedFilesOf(options: WatchedSourceOptions): Promise<string[]> {
  const { source, cwd, runner, builder, python, rust } = options;
  const given = await pathsOfSource(source, cwd);
  // Whoever loads it is told what is wrong with it.
  const resolved = await resolveSource(source, cwd).catch(() => undefined);
  if (resolved === undefined) return given;
  if (resolved.kind === "command") return [...new Set([...given, ...filesOfCommand(resolved)])];
  if (resolved.kind === "python") return [...new Set([...given, ...python.inputsOf(resolved.entry)])];
  if (resolved.kind === "rust") return [...new Set([...given, ...rust.inputsOf(resolved.entry)])];
  if (resolved.kind === "component") return [...new Set([...given, resolved.entry])];
  const own = dirname(runner) + sep;
  const inputs = builder.inputsOf(resolved.entry).filter((path) => !path.startsWith(own));
  return [...new Set([...given, resolved.entry, ...inputs, ...packageFilesOf(resolved.directory)])];
}

/** The nearest manifest, and the lockfiles beside it. */
function packageFilesOf(start: string): string[] {
  const manifest = nearestManifest(start);
  return manifest === undefined ? [] : [manifest, ...LOCKFILES.map((name) => join(dirname(manifest), name))];
}

/** The program where it is a path, and whatever argument may be one, such as the script of `python3 ./weather.py`. */
function filesOfCommand({ command, args, cwd }: ResolvedSource & { kind: "command" }): string[] {
  const paths = args.filter((arg) => !arg.startsWith("-") && !arg.includes("://"));
  return [...(isAbsolute(command) ? [command] : []), ...paths.map((path) => resolve(cwd, path))];
}
