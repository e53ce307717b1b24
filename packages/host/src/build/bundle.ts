import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild, type BuildOptions, type Message, type Plugin } from "esbuild";
import type { Diagnostic } from "tau-protocol";

export interface Bundled {
  kind: "bundled";
  code: string;
  map: string;
  format: "cjs" | "esm";
  inputs: string[];
}

export type BundleResult = Bundled | { kind: "failed"; diagnostics: Diagnostic[] };

export interface BundleOptions {
  entry: string;
  directory: string;
  /** What `import … from "tau-ext"` means, by import path. */
  sdk: Readonly<Record<string, string>>;
}

/**
 * One file out of an extension's sources and the packages they use. CommonJS where possible, because it starts faster; an ES
 * module where a top-level await needs it.
 */
export async function bundle(options: BundleOptions): Promise<BundleResult> {
  const first = await tryFormat(options, "cjs");
  if (first.kind === "failed" && first.diagnostics.some(({ message }) => message.startsWith("Top-level await"))) {
    return tryFormat(options, "esm");
  }
  return first;
}

async function tryFormat(options: BundleOptions, format: "cjs" | "esm"): Promise<BundleResult> {
  try {
    const result = await esbuild(buildOptions(options, format));
    const [map, code] = [".map", "js"].map((end) => result.outputFiles.find((file) => file.path.endsWith(end)));
    if (code === undefined || map === undefined) throw new Error("The bundler answered no code.");
    const inputs = Object.keys(result.metafile.inputs).map((path) => resolve(options.directory, path));
    return { kind: "bundled", code: code.text, map: map.text, format, inputs };
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (errors === undefined) throw error;
    return { kind: "failed", diagnostics: errors.map((message) => toDiagnostic(message, options.directory)) };
  }
}

function buildOptions({ entry, directory, sdk }: BundleOptions, format: "cjs" | "esm") {
  return {
    entryPoints: [entry],
    absWorkingDir: directory,
    outfile: resolve(directory, "bundle.js"),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    // What Node 20 does not run yet, decorators above all, is rewritten.
    target: "node20",
    format,
    sourcemap: "external",
    sourcesContent: false,
    legalComments: "none",
    logLevel: "silent",
    keepNames: true,
    // Free names only: a module's own declaration of `__dirname` wins.
    define: {
      "import.meta.url": PLACE.url,
      "import.meta.filename": PLACE.file,
      "import.meta.dirname": PLACE.directory,
      __filename: PLACE.file,
      __dirname: PLACE.directory,
    },
    // CommonJS packages inside an ES module still call `require` for Node's own modules.
    ...(format === "esm" ? { banner: { js: ESM_REQUIRE } } : {}),
    plugins: [sdkPlugin(sdk), nativePlugin(), placePlugin()],
  } satisfies BuildOptions;
}

const ESM_REQUIRE = `import { createRequire as __tauCreateRequire } from "node:module"; const require = __tauCreateRequire(import.meta.url);`;

/** Extensions get the SDK of the host that runs them, installed or not: its two halves have to match. */
function sdkPlugin(sdk: BundleOptions["sdk"]): Plugin {
  return {
    name: "tau-sdk",
    setup: (build) => {
      build.onResolve({ filter: /^tau-ext(\/.*)?$/ }, ({ path }) => {
        const file = sdk[path];
        if (file !== undefined) return { path: file };
        return { errors: [{ text: `Could not resolve "${path}": tau-ext has ${Object.keys(sdk).join(", ")}` }] };
      });
    },
  };
}

/** Native add-ons can't be bundled; they are loaded from where they are. */
function nativePlugin(): Plugin {
  return {
    name: "tau-native",
    setup: (build) => {
      build.onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path),
        external: true,
      }));
    },
  };
}

/** What a module's own place is called inside the bundle. */
const PLACE = { url: "__tau_url", file: "__tau_file", directory: "__tau_directory" };

const LOADERS: Readonly<Record<string, "js" | "jsx" | "ts" | "tsx">> = {
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
};

/** The bundle lies in a cache; code that looks for files beside itself has to be told where its source lies. */
function placePlugin(): Plugin {
  return {
    name: "tau-place",
    setup: (build) => {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        if (!/import\.meta|__dirname|__filename/.test(text)) return undefined;
        const loader = LOADERS[extname(path)] ?? "js";
        return { contents: placeDeclarations(path) + text.replace(/^#!.*/, ""), loader };
      });
    },
  };
}

/** On the first line, so that line numbers stay. */
function placeDeclarations(path: string): string {
  const places = [
    [PLACE.url, pathToFileURL(path).href],
    [PLACE.file, path],
    [PLACE.directory, dirname(path)],
  ];
  return `var ${places.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(", ")}; `;
}

function toDiagnostic({ text, location }: Message, directory: string): Diagnostic {
  if (location === null) return { severity: "error", message: text };
  const { file, line, column, lineText } = location;
  return {
    severity: "error",
    message: hint(text, directory),
    file: resolve(directory, file),
    line,
    column: column + 1,
    lineText,
  };
}

function hint(text: string, directory: string): string {
  const name = /^Could not resolve "([^"./][^"]*)"/.exec(text)?.[1];
  return name === undefined || name.startsWith("tau-ext")
    ? text
    : `${text}. Is it installed? Try: npm install ${packageName(name)} --prefix ${directory}`;
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
