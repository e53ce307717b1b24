import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { FileHashes } from "../build/file-hashes.ts";
import { sha256 } from "../build/hash.ts";
import type { BuildInput } from "../build/messages.ts";
import type { InspectedSource } from "./inspect-source.ts";

/** What a bundle was made with. */
export interface PythonBundle {
  /** The bundle's path. */
  file: string;
  inputs: string[];
  /** `3.11.7` */
  python: string;
  executable: string;
  /** The entry's text, which says what it needs. */
  source: string;
}

interface Manifest extends Omit<PythonBundle, "inputs"> {
  format: number;
  inputs: BuildInput[];
}

/** Changes when the same sources would make something else. */
const FORMAT = 1;
const MANIFEST_NAME = "manifest.json";

/** Bundles kept for each entry beside those in use. */
const KEPT_BUNDLES = 5;

/** The bundle made of exactly the present content of all its inputs, or `undefined`. */
export async function findBundle(directory: string, hashes: FileHashes): Promise<PythonBundle | undefined> {
  const manifest = await readManifest(directory);
  if (manifest === undefined) return undefined;
  const { format: _, inputs, ...bundle } = manifest;
  const fresh = await Promise.all(inputs.map(async ({ path, sha256: known }) => (await hashes.hash(path)) === known));
  const parts = await Promise.all([bundle.file, bundle.executable].map(isThere));
  if (![...fresh, ...parts].every(Boolean)) return undefined;
  return { ...bundle, inputs: inputs.map(({ path }) => path) };
}

/**
 * Keeps the text of the files, under a name that is its hash.
 * @param keep bundles that somebody runs: they stay, however old
 */
export async function writeBundle(
  { directory, entry, keep }: { directory: string; entry: string; keep: readonly string[] },
  { files, hashes, missing, python, executable }: InspectedSource,
): Promise<PythonBundle> {
  const text = JSON.stringify({ entry, files });
  const file = join(directory, `${sha256(text).slice(0, 32)}.json`);
  await mkdir(directory, { recursive: true });
  await writeWhole(file, text);
  // As they were read, and not as they are by now.
  const inputs = [...Object.keys(files), ...missing].map((path) => ({ path, sha256: hashes[path] ?? null }));
  const bundle = { file, python, executable, source: files[entry] ?? "" };
  await writeWhole(join(directory, MANIFEST_NAME), JSON.stringify({ format: FORMAT, ...bundle, inputs }));
  await forgetOld(directory, [...keep, file]);
  return { ...bundle, inputs: inputs.map(({ path }) => path) };
}

/** Not made yet, cut short or damaged: all of it means "read it again". */
async function readManifest(directory: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, MANIFEST_NAME), "utf8")) as Manifest;
    const texts = [manifest.file, manifest.python, manifest.executable, manifest.source];
    const isWhole = texts.every((each) => typeof each === "string") && Array.isArray(manifest.inputs);
    return manifest.format === FORMAT && isWhole ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Never half a file under its name, also with two hosts at work in one cache. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${performance.now()}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

async function forgetOld(directory: string, keep: readonly string[]): Promise<void> {
  const names = (await readdir(directory)).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  if (names.length <= KEPT_BUNDLES) return;
  const aged = await Promise.all(names.map(async (name) => ({ name, time: await writtenAt(join(directory, name)) })));
  const kept = new Set(keep.map((path) => basename(path)));
  const old = aged.sort((a, b) => b.time - a.time).slice(KEPT_BUNDLES);
  for (const { name } of old) if (!kept.has(name)) await rm(join(directory, name), { force: true });
}

/** Somebody else may have forgotten it meanwhile. */
function writtenAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
