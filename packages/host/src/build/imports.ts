import { statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";

/** What a file says about another one. */
export interface Import {
  /** The file that says it. */
  from: string;
  /** What it says, as in `./b` or `zod/mini`. */
  specifier: string;
}

/** In the bundler's order. Source: https://esbuild.github.io/api/#resolve-extensions */
const EXTENSIONS = [".tsx", ".ts", ".jsx", ".js", ".css", ".json"];

/** TypeScript's way to import a source by the name of what it is compiled to. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".ts", ".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/**
 * The files an import may mean, down to the first that is there: those before it would be taken instead as soon as they were
 * there, and that one may be a link that somebody will point elsewhere. Names that a tsconfig.json maps are not followed.
 */
export function filesMeantBy({ from, specifier }: Import): string[] {
  const candidates = /^\.{0,2}(\/|$)/.test(specifier)
    ? relativeCandidates(resolve(dirname(from), specifier))
    : packageCandidates(dirname(from), packageName(specifier));
  const first = candidates.findIndex(isFile);
  return first === -1 ? candidates : candidates.slice(0, first + 1);
}

export function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function relativeCandidates(path: string): string[] {
  const extension = extname(path);
  const stem = path.slice(0, path.length - extension.length);
  return [
    path,
    ...EXTENSIONS.map((end) => path + end),
    ...(SOURCES[extension] ?? []).map((end) => stem + end),
    join(path, "package.json"),
    ...EXTENSIONS.map((end) => join(path, `index${end}`)),
  ];
}

/** A package is there as soon as its manifest is. */
function packageCandidates(start: string, name: string): string[] {
  const found: string[] = [];
  for (let directory = start; ; directory = dirname(directory)) {
    found.push(join(directory, "node_modules", name, "package.json"));
    if (directory === dirname(directory)) return found;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // Out of reach is as good as missing.
    return false;
  }
}
