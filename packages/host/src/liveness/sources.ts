import { readFile, realpath } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sources } from "./hot-frames.ts";
import { readableText } from "./readable-text.ts";

interface Bundle {
  /** As the process that runs it sees it. */
  path: string;
  lines: readonly string[];
  map: SourceMap;
}

/** Reads a bundle and the map beside it. Places in other scripts stay as they are. */
export async function readSources(bundlePath: string | undefined): Promise<Sources> {
  const bundle = bundlePath === undefined ? undefined : await readBundle(bundlePath);
  return {
    findPlace: (url, line, column) => {
      const path = toPath(url);
      const place = path === bundle?.path ? findOrigin(bundle, line, column) : undefined;
      return readableText(place ?? `${path}:${line}:${column ?? 1}`);
    },
    findName: (url, line, column) => {
      const text = toPath(url) === bundle?.path ? bundle?.lines[line - 1]?.slice(0, column - 1) : undefined;
      return text === undefined ? undefined : NAMED.exec(text.slice(-MAX_PREFIX))?.slice(1).find(Boolean);
    },
  };
}

/**
 * What the bundler writes in front of a function that gets its name from what it is assigned to: `handle = __name(() => …`. Its
 * helper keeps the name for `fn.name`, and V8, which looks at the source, no longer sees one.
 */
const NAMED = /(?:"([^"]*)"|([\w$]+))\s*[:=]\s*(?:\/\* @__PURE__ \*\/\s*)?__name\((?:async\s*)?(?:function\s*\*?\s*)?$/;
const MAX_PREFIX = 200;

async function readBundle(bundlePath: string): Promise<Bundle | undefined> {
  try {
    const path = await realpath(bundlePath);
    const [code, map] = await Promise.all([readFile(path, "utf8"), readFile(`${path}.map`, "utf8")]);
    return { path, lines: code.split("\n"), map: new SourceMap(JSON.parse(map) as SourceMapPayload) };
  } catch {
    // No map, or the bundle was built anew meanwhile: places in the bundle are better than none.
    return undefined;
  }
}

function findOrigin({ path, lines, map }: Bundle, line: number, column: number | undefined): string | undefined {
  const indent = lines[line - 1]?.search(/\S/) ?? 0;
  const origin = map.findEntry(line - 1, column === undefined ? Math.max(0, indent) : column - 1);
  if (!("originalSource" in origin)) return undefined;
  const source = resolve(dirname(path), origin.originalSource);
  return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
}

function toPath(url: string): string {
  try {
    return url.startsWith("file:") ? fileURLToPath(url) : url;
  } catch {
    // An author's `//# sourceURL=` may be anything.
    return url;
  }
}
