// Makes the `tau` command: tau's own packages in a few files, where Node would find, read and link three hundred one by one, which takes
// as long as all else of a start. What only some commands need stays in files of its own. Packages of others are imported as they are.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL("..", import.meta.url));
const dist = join(here, "dist");
const parts = join(dist, "bin");

/** @type {import("esbuild").BuildOptions & { write: false, metafile: true }} */
const common = {
  bundle: true,
  write: false,
  metafile: true,
  platform: "node",
  target: "node20",
  format: "esm",
  legalComments: "none",
  sourcemap: true,
  sourcesContent: false,
  absWorkingDir: here,
  outdir: dist,
};
const main = await build({
  ...common,
  splitting: true,
  entryPoints: ["dist/main.js"],
  entryNames: "bin/[name]-[hash]",
  chunkNames: "bin/[name]-[hash]",
  define: { "import.meta.url": "__tauPlace" },
  // What the agent needs is one file, and not one for each set of commands that share a part of it.
  inject: ["dist/commands/agent.js"],
  plugins: [othersPlugin(), placePlugin()],
});
const [mainFile] = Object.entries(main.metafile.outputs).find(([, { entryPoint }]) => entryPoint === "dist/main.js");
// By itself: in one build with all else it would share a file with it, which is one more to find.
const command = await build({
  ...common,
  entryPoints: [{ in: "dist/start.js", out: "bin" }],
  plugins: [mainPlugin(`./${relative("dist", mainFile)}`)],
});
expectDependencies(main.metafile);
writeAll([...main.outputFiles, ...command.outputFiles]);

/** The name that the command itself has got. */
function mainPlugin(file) {
  return {
    name: "main",
    setup: (context) => context.onResolve({ filter: /^\.\/main\.js$/ }, () => ({ path: file, external: true })),
  };
}

/** Packages that are not tau's stay outside, with their licences and whatever they look for beside themselves. */
function othersPlugin() {
  return {
    name: "others",
    setup: (context) =>
      context.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        kind === "entry-point" || path.startsWith("tau-") ? undefined : { path, external: true },
      ),
  };
}

/** A module that looks for files beside itself is told where it would lie, had it not been bundled: wherever its package is installed. */
function placePlugin() {
  return {
    name: "place",
    setup: (context) =>
      context.onLoad({ filter: /\.js$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        if (!text.includes("import.meta.url")) return undefined;
        const [, folder, file] = /^(.*\/packages\/[^/]+)\/dist\/(.*)$/.exec(path);
        const { name, exports } = readManifest(folder);
        const from = relative(dirname(exports["."].default), join("dist", file));
        const place = `new URL(${JSON.stringify(`./${from}`)}, import.meta.resolve(${JSON.stringify(name)})).href`;
        return { contents: `const __tauPlace = ${place}; ${text}` };
      }),
  };
}

/** What a package of tau's imports would not be found from here, where it is installed in that package's folder. */
function expectDependencies({ outputs }) {
  const { dependencies } = readManifest(here);
  const versions = Object.assign(
    {},
    ...["host", "agent", "conformance"].map((name) => readManifest(join(here, "..", name)).dependencies),
  );
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  for (const { path } of imports.filter(({ path, external }) => external && !path.startsWith("node:"))) {
    const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(path);
    const wanted = versions[name] ?? dependencies[name];
    if (dependencies[name] !== wanted || wanted === undefined)
      throw new Error(
        `Expected ${name} ${wanted} among the dependencies of tau-cli, which imports it. Got ${dependencies[name]}.`,
      );
  }
}

/** The command last, and at once: whoever starts meanwhile finds all parts of the old one or of the new one. */
function writeAll(files) {
  mkdirSync(parts, { recursive: true });
  const [command] = files.filter(({ path }) => path === join(dist, "bin.js"));
  for (const { path, contents } of files) if (path !== command.path) writeFileSync(path, contents);
  writeFileSync(`${command.path}.next`, command.contents, { mode: 0o755 });
  renameSync(`${command.path}.next`, command.path);
  const current = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(parts)) if (!current.has(name)) rmSync(join(parts, name));
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
