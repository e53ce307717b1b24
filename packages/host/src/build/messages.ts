import type { Diagnostic } from "tau-protocol";

/** Changes when the same sources would build to something else. */
export const BUILD_FORMAT = 2;

export interface BuildParams {
  entry: string;
  /** Where the bundle, its map and its manifest are put. */
  directory: string;
}

export type BuildResult = { kind: "built"; file: string } | { kind: "failed"; diagnostics: Diagnostic[] };

export interface BuilderRequests {
  "build/run": { params: BuildParams; result: BuildResult };
}

/** What is kept beside a bundle, to see whether it still holds. */
export interface BuildManifest {
  format: number;
  /** The bundle's name in the same directory. */
  file: string;
  /** `null` for a file that was not there and would have counted. */
  inputs: { path: string; sha256: string | null }[];
}

export const MANIFEST_NAME = "manifest.json";
