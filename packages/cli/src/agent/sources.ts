import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { findExtensions } from "../discovery/find-extensions.ts";
import { projectFolder, tauHome } from "../discovery/places.ts";
import { readSettings, type Settings } from "../discovery/settings.ts";
import { decideTrust, type Trust } from "../trust/decide-trust.ts";
import { TrustStore } from "../trust/trust-store.ts";

export interface SourceOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Named on the command line. */
  extensions: readonly string[];
  discover: boolean;
  /** Asks whether a project's extensions may run. Absent: nobody can be asked, and they don't. */
  askTrust?: (untrusted: Extract<Trust, { kind: "untrusted" }>) => Promise<boolean>;
  note: (text: string) => void;
}

/** What is to be loaded, and how. Paths may come twice; the first counts. */
export interface Sources {
  paths: string[];
  /** The project's before the user's. */
  settings: Settings[];
}

/** What the command line names, then what the project and the user have. */
export async function findSources(options: SourceOptions): Promise<Sources> {
  const { cwd, env, extensions, discover } = options;
  const named = extensions.map((path) => resolve(cwd, path));
  if (!discover) return { paths: withCodingTools(named, {}), settings: [] };
  const home = tauHome(env);
  const user = await readPlace(home);
  const project = (await mayUseProject(options, home)) ? await readPlace(projectFolder(cwd)) : undefined;
  const settings = [project?.settings, user.settings].flatMap((each) => each ?? []);
  const paths = [...new Set([...named, ...(project?.paths ?? []), ...user.paths])];
  return { paths: withCodingTools(paths, mergeSettings(settings)), settings };
}

/** What stands earlier counts. */
export function mergeSettings(settings: readonly Settings[]): Settings {
  return Object.assign({}, ...settings.toReversed()) as Settings;
}

async function readPlace(folder: string): Promise<{ paths: string[]; settings: Settings }> {
  const settings = await readSettings(join(folder, "settings.json"));
  const found = await findExtensions(join(folder, "extensions"));
  return { settings, paths: [...found, ...(settings.extensions ?? []).map((path) => resolve(folder, path))] };
}

async function mayUseProject({ cwd, askTrust, note }: SourceOptions, home: string): Promise<boolean> {
  const folder = projectFolder(cwd);
  // A project may be the user's home, whose `.tau` is the user's own.
  if (resolve(folder) === resolve(home)) return false;
  const store = new TrustStore(home);
  const trust = await decideTrust(folder, store);
  if (trust.kind !== "untrusted") return trust.kind === "trusted";
  if (askTrust === undefined) {
    const why =
      trust.changed === undefined
        ? "you have not trusted it"
        : `${trust.changed.join(", ")} changed since you trusted it`;
    note(`${folder} is not used: ${why}. Run \`tau\` here in a terminal to be asked.`);
    return false;
  }
  if (!(await askTrust(trust))) return false;
  await store.trust(trust.folder, trust.files);
  return true;
}

/** tau's own tools come last: whoever offers one of them takes its name. */
function withCodingTools(paths: readonly string[], { codingTools = true }: Settings): string[] {
  const own = codingToolsPath();
  return codingTools === false ? [...paths] : [...paths, own];
}

/** The folder of tau's own extension. */
export function codingToolsPath(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve("tau-coding-tools")));
}
