import { pathToFileURL } from "node:url";
import { TauError } from "tau-protocol";
import type { Setup } from "./api.ts";
import { setupOf } from "./default-export.ts";

/** What `import()` is elsewhere: handed in by runner-start.ts, as `require` is. */
declare const importModule: (url: string) => Promise<unknown>;

/** What a runner runs. */
export interface Assignment {
  /** The built extension: a file, with its map beside it. */
  bundle: string;
  name: string;
  version: string;
}

/** The params of `runner/load`, which a host sends to a spare of its own version, once, just before `hello`. */
export interface LoadParams extends Assignment {
  /** Variables granted to the extension. */
  env: Record<string, string>;
}

/** What the command line says. `undefined` without arguments: a spare, which is told later. */
export function readArguments([, , bundle, name, version]: readonly string[]): Assignment | undefined {
  if (bundle === undefined) return undefined;
  return { bundle, name: name ?? "extension", version: version ?? "0.0.0" };
}

/**
 * Host and runner come from one release, so that a wrong field is a defect, and this is where it shows.
 * @throws TauError `setup-failed`
 */
export function readLoad(params: Record<string, unknown>): LoadParams {
  const { bundle, name, version, env } = params;
  const texts = [bundle, name, version].every((value) => typeof value === "string");
  const granted =
    typeof env === "object" && env !== null && Object.values(env).every((value) => typeof value === "string");
  if (texts && granted) return params as unknown as LoadParams;
  throw new TauError(
    "setup-failed",
    `Expected \`runner/load\` with bundle, name, version and env, got ${JSON.stringify(Object.keys(params))}. ` +
      "Do the host and its tau-ext come from the same release?",
    { executed: "no" },
  );
}

/** Makes this process look as if it had been started for the assignment. */
export function takeOn({ bundle, name, version, env }: LoadParams): void {
  process.argv.push(bundle, name, version);
  Object.assign(process.env, env);
}

/**
 * The default export of the bundle.
 * @throws TauError `setup-failed` when there is none, and whatever the bundle throws
 */
export async function loadSetup({ bundle, name }: Assignment): Promise<Setup> {
  // `require` starts faster; only a bundle with a top-level await is an ES module.
  const module: unknown = bundle.endsWith(".cjs") ? require(bundle) : await importModule(pathToFileURL(bundle).href);
  return setupOf(module, name);
}
