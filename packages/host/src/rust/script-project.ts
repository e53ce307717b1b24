import { basename, dirname, extname, isAbsolute, resolve } from "node:path";
import { stringify } from "smol-toml";
import { asRecord } from "../as-record.ts";

/**
 * What every single file may use without naming it. Derived code names serde and schemars themselves; tokio is what `async` runs on.
 * A file's own manifest wins.
 */
const DEPENDENCIES = {
  serde: { version: "1", features: ["derive"] },
  serde_json: "1",
  schemars: "1",
  tokio: { version: "1", features: ["macros", "rt-multi-thread", "sync", "time", "net", "io-util", "fs", "process"] },
};

/** A program's name that Cargo takes, and nobody else's in the shared target directory. */
export function programName(entry: string, hash: string): string {
  const stem = basename(entry, extname(entry)).replaceAll(/[^A-Za-z0-9_]/g, "_");
  return `${/^[A-Za-z]/.test(stem) ? stem : `x${stem}`}-${hash.slice(0, 8)}`;
}

export interface ScriptProject {
  /** The text of its Cargo.toml. */
  manifest: string;
  /** Whether it uses crates from folders of the user's, whose content its own text does not tell. */
  hasLocalCrates: boolean;
}

/** The project that a single file stands for. */
export function makeProject(
  entry: string,
  given: Record<string, unknown>,
  { name, sdk }: { name: string; sdk: string },
): ScriptProject {
  const { package: own, dependencies: wanted, profile: profiles, ...rest } = given;
  const dependencies = Object.entries(asRecord(wanted)).map(
    ([crate, spec]) => [crate, placed(spec, dirname(entry))] as const,
  );
  const hasLocalCrates = dependencies.some(([crate, spec]) => crate !== "tau-ext" && "path" in asRecord(spec));
  const manifest = stringify({
    ...rest,
    package: { edition: "2024", version: "0.0.0", ...asRecord(own), name, autobins: false, publish: false },
    // Named as the file is: panics tell this name.
    bin: [{ name, path: basename(entry) }],
    dependencies: { ...DEPENDENCIES, ...Object.fromEntries(dependencies), "tau-ext": { path: sdk } },
    // Of its own, whatever project the cache lies in.
    workspace: {},
    profile: {
      ...asRecord(profiles),
      // An edit is compiled in a moment; what it uses was compiled once and is worth more.
      dev: { debug: "line-tables-only", package: { "*": { "opt-level": 1 } }, ...asRecord(asRecord(profiles)["dev"]) },
    },
  });
  return { manifest, hasLocalCrates };
}

/** Paths are seen from the file, and not from the project in the cache. */
function placed(spec: unknown, folder: string): unknown {
  const { path } = asRecord(spec);
  return typeof path === "string" && !isAbsolute(path) ? { ...asRecord(spec), path: resolve(folder, path) } : spec;
}
