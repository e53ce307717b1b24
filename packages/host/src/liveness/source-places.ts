import { readFile, realpath } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { FindPlace } from "./hot-frames.ts";
import { readableText } from "./readable-text.ts";

interface Bundle {
  /** As the process that runs it sees it. */
  path: string;
  lines: readonly string[];
  map: SourceMap;
}

/** Finds places in the sources of a bundle, by the map beside it. Other scripts' places stay as they are. */
export async function readSourcePlaces(bundlePath: string | undefined): Promise<FindPlace> {
  const bundle = bundlePath === undefined ? undefined : await readBundle(bundlePath);
  return (url, line, column) => {
    const path = toPath(url);
    const place = path === bundle?.path ? findOrigin(bundle, line, column) : undefined;
    return readableText(place ?? `${path}:${line}:${column ?? 1}`);
  };
}

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
