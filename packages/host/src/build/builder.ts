/**
 * The builder: a process that turns sources into bundles and ends when it is not needed. The bundler costs tens of megabytes
 * and holds a processor while it works; here neither is the host's.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createFdChannel, createPeer } from "tau-rpc";
import { bundle } from "./bundle.ts";
import { sha256 } from "./hash.ts";
import { BUILD_FORMAT, type BuildManifest, type BuildParams, type BuildResult, MANIFEST_NAME } from "./messages.ts";

/** Bundles kept for each entry: running processes still read the maps of older ones. */
const KEPT_BUNDLES = 5;

const require = createRequire(import.meta.url);
const sdk = { "tau-ext": require.resolve("tau-ext"), "tau-ext/serve": require.resolve("tau-ext/serve") };

createPeer(createFdChannel({ fd: 3 }), {
  requests: { "build/run": async (params) => runBuild(params as unknown as BuildParams) },
  onClose: () => process.exit(),
});

async function runBuild({ entry, directory }: BuildParams): Promise<BuildResult> {
  const result = await bundle({ entry, directory: dirname(entry), sdk });
  if (result.kind === "failed") return result;
  const inputs = await hashInputs([...result.inputs, ...(await configurationOf(entry))]);
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

/** The map lies in the cache, far from the sources it names. */
function withAbsoluteSources(text: string, directory: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => resolve(directory, source)) });
}

/** Files that are not bundled and still decide what the bundle is. */
async function configurationOf(entry: string): Promise<string[]> {
  const found: string[] = [];
  for (let directory = dirname(entry); ; directory = dirname(directory)) {
    for (const name of ["package.json", "tsconfig.json"]) {
      const file = join(directory, name);
      if (
        await stat(file).then(
          (info) => info.isFile(),
          () => false,
        )
      )
        found.push(file);
    }
    if (found.length > 0 || directory === dirname(directory)) return found;
  }
}

async function hashInputs(paths: readonly string[]): Promise<BuildManifest["inputs"]> {
  return Promise.all(
    [...new Set(paths)].map(async (path) => ({ path, sha256: sha256(await readFile(path).catch(() => "")) })),
  );
}

/** Never half a file under its name, also with two hosts at work in one cache. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

async function forgetOld(directory: string): Promise<void> {
  const bundles = (await readdir(directory)).filter((name) => /\.[cm]js$/.test(name));
  const dated = await Promise.all(
    bundles.map(async (name) => ({ name, time: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.time - a.time).slice(KEPT_BUNDLES);
  await Promise.all(
    old.flatMap(({ name }) => [rm(join(directory, name)), rm(join(directory, `${name}.map`), { force: true })]),
  );
}
