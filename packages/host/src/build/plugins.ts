import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";

/** Import paths of the SDK, and the files they mean. */
export type SdkFiles = Readonly<Record<string, string>>;

/**
 * Extensions get the SDK of the host that runs them, installed or not: its two halves have to match. The bundler's own alias
 * does the same without asking this process, and has worse words for a part that does not exist.
 */
export function sdkPlugin(sdk: SdkFiles): Plugin {
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
export function nativePlugin(): Plugin {
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

/** Whether a bundle, or a complaint of the bundler's, may name a native add-on. */
export function namesNative(text: string): boolean {
  return text.includes('.node"');
}

/** What a module's own place is called inside the bundle. */
const PLACE = { url: "__tau_url", file: "__tau_file", directory: "__tau_directory" };

/** Free names only: a module's own declaration of `__dirname` wins. */
export const PLACE_DEFINES: Readonly<Record<string, string>> = {
  "import.meta.url": PLACE.url,
  "import.meta.filename": PLACE.file,
  "import.meta.dirname": PLACE.directory,
  __filename: PLACE.file,
  __dirname: PLACE.directory,
};

/** Whether a bundle has code that asks for its place. */
export function asksForPlace(code: string): boolean {
  return Object.values(PLACE).some((name) => code.includes(name));
}

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

/**
 * The bundle lies in a cache; code that looks for files beside itself has to be told where its source lies. Each file takes a
 * round trip to this process, so only bundles that ask for it are built this way.
 */
export function placePlugin(): Plugin {
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

/** Notes which files are read, for builds that fail: the bundler tells it of those that succeed only. */
export function notePlugin(files: Set<string>): Plugin {
  return {
    name: "tau-note",
    setup: (build) => {
      build.onLoad({ filter: /.*/, namespace: "file" }, ({ path }) => {
        files.add(path);
        return undefined;
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
