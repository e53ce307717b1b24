import { createRequire } from "node:module";
import type { Transport } from "tau-conformance";
import { bundle, fixture, type Folder } from "../../packages/ext/test/processes.ts";
import { missingPython, PACKAGE, PYTHON_ENVIRONMENT } from "../python/python.ts";
import { buildExample, missingRust } from "../rust/rust.ts";

/** The reference extension of one SDK. */
export interface Sdk {
  language: string;
  /** Why it can't run here. */
  missing: string | undefined;
  prepare: (folder: Folder) => Promise<Prepared>;
}

export interface Prepared {
  command: (transport: Transport) => string[];
  env: NodeJS.ProcessEnv;
}

export const SDKS: readonly Sdk[] = [
  { language: "TypeScript", missing: undefined, prepare: prepareTypeScript },
  {
    language: "Python",
    missing: missingPython,
    prepare: async () => fixed(["python3", `${PACKAGE}tests/reference.py`]),
  },
  { language: "Rust", missing: missingRust, prepare: async () => fixed([buildExample("reference")]) },
];

/** As hosts start it on descriptor 3, in the runner; as a program of its own on stdin and stdout. */
async function prepareTypeScript(folder: Folder): Promise<Prepared> {
  const [extension, program] = await Promise.all([
    bundle(fixture("reference.ts"), folder.path),
    bundle(fixture("serves-reference.ts"), folder.path, "esm"),
  ]);
  const runner = createRequire(import.meta.url).resolve("tau-ext/runner");
  const inRunner = [process.execPath, runner, extension, "reference", "1.0.0"];
  return {
    command: (transport) => (transport === "fd" ? inRunner : [process.execPath, program]),
    env: { ...process.env },
  };
}

function fixed(command: string[]): Prepared {
  return { command: () => command, env: { ...process.env, ...PYTHON_ENVIRONMENT } };
}
