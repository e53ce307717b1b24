import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";

/** Finds places of a bundle in the author's sources. The map is read for the first stack, which most extensions never ask for. */
export class PlaceFinder {
  readonly #bundle: string;
  #map: SourceMap | undefined | null = null;

  constructor(bundle: string) {
    this.#bundle = bundle;
  }

  /** `file:line:column`, from a line and a column that count from 1. `undefined` where nothing is known. */
  find(line: number, column: number): string | undefined {
    if (this.#map === null) this.#map = readMap(this.#bundle);
    const origin = this.#map?.findEntry(line - 1, column - 1);
    if (origin === undefined || !("originalSource" in origin)) return undefined;
    const source = resolve(dirname(this.#bundle), origin.originalSource);
    return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  }
}

function readMap(bundle: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8")) as SourceMapPayload);
  } catch {
    // No map, no places: the stack still names functions. Nobody can be told in the middle of building a stack.
    return undefined;
  }
}
