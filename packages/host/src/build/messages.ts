import type { Diagnostic } from "tau-protocol";

/** Changes when the same sources would build to something else. */
export const BUILD_FORMAT = 4;

/** What a bundle runs on. `guest`: QuickJS, without anything of Node's. */
export type BuildTarget = "node" | "guest";

export interface BuildParams {
  entry: string;
  target: BuildTarget;
  /** Where the bundle, its map and its manifest are put. */
  directory: string;
  /** Bundles that somebody runs: they stay, however old. */
  keep: string[];
}

/** `inputs`: every path that decided the result, files included that were not there and would have counted. `sources`: those of them that are in it. */
export type BuildResult =
  | { kind: "built"; file: string; inputs: string[]; sources: string[] }
  | { kind: "failed"; diagnostics: Diagnostic[]; inputs: string[] };

export interface BuilderRequests {
  "build/run": { params: BuildParams; result: BuildResult };
  /** Gets ready to build this entry fast. Answers `false` when too many others are. */
  "build/prepare": { params: BuildParams; result: boolean };
}

/** What is kept beside a bundle, to see whether it still holds. */
export interface BuildManifest {
  format: number;
  /** The bundle's name in the same directory. */
  file: string;
  inputs: BuildInput[];
  /** How many of the inputs are in the bundle: the first ones. The others say how it is made. */
  sources: number;
}

/** `null` for a file that was not there and would have counted. */
export interface BuildInput {
  path: string;
  sha256: string | null;
}

export const MANIFEST_NAME = "manifest.json";
