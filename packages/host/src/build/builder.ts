/**
 * The builder: a process that turns sources into bundles and ends when it is not needed. The bundler costs tens of megabytes
 * and holds a processor while it works; here neither is the host's.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createFdChannel, createPeer } from "tau-rpc";
import { bundle, type Bundled } from "./bundle.ts";
import { configurationOf } from "./configuration.ts";
import { sha256 } from "./hash.ts";
import { BUILD_FORMAT, type BuildManifest, type BuildParams, type BuildResult, MANIFEST_NAME } from "./messages.ts";

/** Bundles kept for each entry: running processes still read the maps of older ones. */
const KEPT_BUNDLES = 5;

/** File systems take the time from a clock that ticks this seldom. */
const CLOCK_TICK_MS = 10;

/** Nobody saves faster than this again and again. */
const MAX_TRIES = 3;

const require = createRequire(import.meta.url);
const sdk = { "tau-ext": require.resolve("tau-ext"), "tau-ext/serve": require.resolve("tau-ext/serve") };

createPeer(createFdChannel({ fd: 3 }), {
  requests: { "build/run": async (params) => runBuild(params as unknown as BuildParams) },
  onClose: () => process.exit(),
});

/** A file saved while it is bundled would leave an old bundle under its new hash: then it is done again. */
async function runBuild(params: BuildParams): Promise<BuildResult> {
  for (let tries = 1; ; tries++) {
    const started = Date.now();
    const result = await bundle({ entry: params.entry, directory: dirname(params.entry), sdk });
    if (result.kind === "failed") return result;
    const configuration = await configurationOf(result.inputs);
    const files = [...result.inputs, ...configuration];
    const inputs = [...(await hashInputs(result.inputs, sha256(""))), ...(await hashInputs(configuration, null))];
    if (tries === MAX_TRIES || !(await hasChangedSince(started, files))) return store(params, result, inputs);
  }
}

async function store(
  { entry, directory }: BuildParams,
  result: Bundled,
  inputs: BuildManifest["inputs"],
): Promise<BuildResult> {
  const extension = result.format === "cjs" ? ".cjs" : ".mjs";
  const file = `${sha256(result.code).slice(0, 32)}${extension}`;
  await mkdir(directory, { recursive: true });
  await writeWhole(join(directory, `${file}.map`), withAbsoluteSources(result.map, dirname(entry)));
  await writeWhole(join(directory, file), result.code);
  const manifest: BuildManifest = { format: BUILD_FORMAT, file, inputs };
  await writeWhole(join(directory, MANIFEST_NAME), JSON.stringify(manifest));
  await forgetOld(directory);
  return { kind: "built", file: join(directory, file) };
}

/** By the time of the last change of a file's content or name, which nobody can set. */
async function hasChangedSince(time: number, paths: readonly string[]): Promise<boolean> {
  const changes = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.ctimeMs));
  return changes.some((change) => change !== undefined && change >= time - CLOCK_TICK_MS);
}

/** The map lies in the cache, far from the sources it names. */
function withAbsoluteSources(text: string, directory: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => resolve(directory, source)) });
}

/** A source that is gone by now has a hash that no missing file has; configuration may well be missing. */
async function hashInputs(paths: readonly string[], missing: string | null): Promise<BuildManifest["inputs"]> {
  return Promise.all(paths.map(async (path) => ({ path, sha256: await readFile(path).then(sha256, () => missing) })));
}

let writes = 0;

/** Never half a file under its name, also with two hosts at work in one cache, or two builds of one entry at a time. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${++writes}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

async function forgetOld(directory: string): Promise<void> {
  const bundles = (await readdir(directory)).filter((name) => /\.[cm]js$/.test(name));
  const dated = await Promise.all(
    bundles.map(async (name) => ({ name, time: await writtenAt(join(directory, name)) })),
  );
  const old = dated.sort((a, b) => b.time - a.time).slice(KEPT_BUNDLES);
  await Promise.all(
    old.flatMap(({ name }) => [name, `${name}.map`]).map((name) => rm(join(directory, name), { force: true })),
  );
}

/** Somebody else may have forgotten it meanwhile. */
async function writtenAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}
