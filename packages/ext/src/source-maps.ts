import { existsSync, readFileSync, statSync } from "node:fs";
import type { SourceMap, SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Makes stacks point at the author's sources. Node's own `--enable-source-maps` reads and parses the map at every start;
 * this reads it when the first stack is asked for, which for most extensions is never. Frames of the file `own`, the runner
 * itself, tell authors nothing and are left out.
 */
export function installSourceMaps(bundle: string, own: string): void {
  let map: SourceMap | undefined | null = null;
  const load = (): SourceMap | undefined => (map === null ? (map = readMap(bundle)) : map);
  Error.prepareStackTrace = (error, sites) => {
    const theirs = sites.filter((site) => site.getFileName() !== own);
    const lines = theirs.map((site) => `\n    at ${describeSite(site, bundle, load)}`);
    return headline(error) + lines.join("");
  };
}

/** A bundle older than this, in milliseconds, has all the map it will ever have. */
const YOUNG_MS = 5_000;

/** How long the first stack may wait for the map, in milliseconds. Writing one takes two, or fifty for a very large one. */
const MAX_WAIT_MS = 500;

/**
 * The builder hands a bundle over as soon as it is there and writes the map after that. An extension that is started at once
 * may fail sooner; it waits, standing still, because a stack is made in one go.
 */
function awaitMap(bundle: string): void {
  const end = performance.now() + MAX_WAIT_MS;
  const still = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(`${bundle}.map`) && isYoung(bundle) && performance.now() < end) Atomics.wait(still, 0, 0, 1);
}

function isYoung(bundle: string): boolean {
  const written = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Math.abs(Date.now() - written) < YOUNG_MS;
}

function readMap(bundle: string): SourceMap | undefined {
  try {
    awaitMap(bundle);
    // Loaded when it is needed: it brings along what Node has for modules of the other kind.
    const { SourceMap } = process.getBuiltinModule("node:module");
    return new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8")) as SourceMapPayload);
  } catch {
    // No map, no places: the stack still names functions. Nobody can be told in the middle of building a stack.
    return undefined;
  }
}

/** V8 prints a call site as it stands in a stack; Node's types do not tell. */
interface PrintedSite {
  toString(): string;
}

function describeSite(site: NodeJS.CallSite, bundle: string, load: () => SourceMap | undefined): string {
  const text = (site as PrintedSite).toString();
  const file = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (file === null || file === undefined || line === null || column === null) return text;
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  if (path !== bundle) return text;
  const origin = load()?.findEntry(line - 1, column - 1);
  if (origin === undefined || !("originalSource" in origin)) return text;
  const source = resolve(dirname(bundle), origin.originalSource);
  const place = `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  // A function, because a path may hold what `replace` takes for a pattern.
  return text.replace(`${file}:${line}:${column}`, () => place);
}

function headline(error: Error): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}
