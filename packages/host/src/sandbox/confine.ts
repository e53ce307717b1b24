import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { TauError } from "tau-protocol";
import type { LaunchOptions } from "../launch/launcher-client.ts";
import type { ResourceLimits } from "../launch/limits.ts";
import type { ChannelKind } from "../launch/messages.ts";
import { nearestManifest } from "../nearest-manifest.ts";
import type { StartPlan } from "../plan.ts";
import { readBeginning } from "../read-regular.ts";
import { runnerFolder } from "../runner-path.ts";
import { bubblewrapArguments, programFolders, SANDBOX_HOME } from "./bubblewrap.ts";
import { type LandlockOptions, landlockArguments, TEMPORARY_FOLDER, writableCode } from "./landlock.ts";
import { isWithin } from "./own-sources.ts";
import { DEFAULT_PERMISSION_LIMITS } from "./permission-limits.ts";
import { lookUp, type ResolvedPermissions } from "./permissions.ts";
import { buildFilter } from "./seccomp.ts";
import { type SyscallTable, syscallTable } from "./syscalls.ts";

/**
 * What holds a confined extension beside the filter of its system calls. `namespaces`: it sees nothing else, by bubblewrap. `landlock`: it sees
 * names, sizes and times of what it may not open, and changes no rights and times of files, for systems where nobody may make namespaces.
 */
export type SandboxLayer = "namespaces" | "landlock";

export interface ConfineOptions {
  layer: SandboxLayer;
  permissions: ResolvedPermissions;
  /** Variables granted to this extension. The rest of what others get is not its business either. */
  env: Readonly<Record<string, string>>;
  /** The folder of a package, which is the extension's. Absent for a file, and for a command that the user gave. */
  root?: string;
  /** Folders of tau itself. Read-only, whatever folder around them was granted. */
  ownFolders: readonly string[];
  /** The host's PATH, in which bwrap and prlimit are looked up. */
  path: string;
  /** @default the machine's */
  platform?: NodeJS.Platform;
  /** @default the machine's */
  machine?: string;
}

/** The longest file that can be written, in bytes. No core files: they would hold what it was told. */
const PROCESS_LIMITS = [`--fsize=${1024 ** 3}:${1024 ** 3}`, "--core=0:0"];

/** The descriptor behind those of the channel. */
const FILTER_FDS: Readonly<Record<ChannelKind, number>> = { stdio: 3, "fd3+4": 5 };

/** Of what every extension gets, what tells nothing of the user and leads nowhere. */
const HARMLESS = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|TAU_CHANNEL)$/;

/** Loaders and runtimes run what these name before any code of ours. */
const LOADER_VARIABLES =
  /^(?:LD_|NODE_OPTIONS$|NODE_PATH$|PYTHONPATH$|PYTHONHOME$|PYTHONSTARTUP$|BASH_ENV$|ENV$|PERL5?(?:OPT|LIB)$|RUBY(?:OPT|LIB)$|JAVA_TOOL_OPTIONS$|GCONV_PATH$|OPENSSL_(?:CONF|MODULES)$)/;

/**
 * The same version of an extension, started so that it reaches nothing but what it was granted.
 * @throws TauError `isolation-unavailable` where that can't be held: nothing ever runs less confined than was asked for
 */
export function confine(plan: StartPlan, options: ConfineOptions): StartPlan {
  const { layer, permissions, env, path, platform = process.platform, machine = process.arch } = options;
  const missing = missingFor(layer, { path, platform, machine });
  if (missing !== undefined) throw unavailable(missing);
  const table = syscallTable(machine) as SyscallTable;
  const { launch } = plan;
  const { openFiles = DEFAULT_PERMISSION_LIMITS.openFiles } = permissions.limits;
  const hasNamespaces = layer === "namespaces";
  const [holder, prlimit] = PROGRAMS[layer].map(({ name }) => lookUp(name, path)) as [string, string];
  const command = lookUpCommand(launch, path);
  const confinement = {
    permissions,
    code: codeOf(plan, command, options),
    ownFolders: options.ownFolders,
    cwd: launch.cwd,
    // Behind the descriptors that are the extension's own.
    filterFd: FILTER_FDS[launch.channel],
    table,
  };
  const filter = buildFilter({ table, mayStartPrograms: permissions.programs.length > 0, hasNamespaces });
  const limits = [...PROCESS_LIMITS, `--nofile=${openFiles}:${openFiles}`];
  const inside = hasNamespaces ? [...bubblewrapArguments(confinement), "--"] : landlock(confinement);
  const environment = confinedEnvironment(launch.env, env, permissions);
  const confined: LaunchOptions = {
    ...launch,
    command: prlimit,
    args: [...limits, holder, ...inside, command, ...launch.args],
    cwd: "/",
    env: hasNamespaces ? environment : { ...environment, ...WITHOUT_NAMESPACES },
    filter: filter.toString("base64"),
    ...(hasNamespaces ? { limits: withBwrap(launch.limits) } : { temporaryFolder: TEMPORARY_FOLDER }),
  };
  // Not `node`: what is held has no inspector that could be asked, and the process that the host sees may be bwrap.
  return { ...plan, launch: confined, runtime: "command", layer };
}

/** Its settings may not be read, which OpenSSL takes for a reason to end. Nothing else is lost without them. */
const WITHOUT_NAMESPACES = { HOME: TEMPORARY_FOLDER, TMPDIR: TEMPORARY_FOLDER, OPENSSL_CONF: "/dev/null" };

function landlock(confinement: LandlockOptions): string[] {
  const writable = writableCode(confinement);
  if (writable !== undefined) {
    throw unavailable(
      `Expected code, and folders of tau's, that no grant to write covers, got ${writable}: without namespaces it could be changed. Grant a smaller folder, or install bubblewrap.`,
    );
  }
  return landlockArguments(confinement);
}

/** Its first process waits outside for the extension's end, and is not one that the extension started. */
function withBwrap(limits: ResourceLimits | undefined): ResourceLimits {
  const { processes, ...others } = limits ?? {};
  return processes === undefined ? others : { ...others, processes: processes + 1 };
}

/** What each needs, with the package of Debian's that it is in: who holds, and who sets limits. */
const PROGRAMS = {
  namespaces: [
    { name: "bwrap", debianPackage: "bubblewrap" },
    { name: "prlimit", debianPackage: "util-linux" },
  ],
  landlock: [
    { name: "perl", debianPackage: "perl-base" },
    { name: "prlimit", debianPackage: "util-linux" },
  ],
} as const;

export interface Machine {
  path: string;
  platform: NodeJS.Platform;
  machine: string;
}

/** Why this layer can't even be tried, in a sentence or two. `undefined` where it can: whether it holds is not known by that. */
export function missingFor(layer: SandboxLayer, { path, platform, machine }: Machine): string | undefined {
  if (platform !== "linux" || syscallTable(machine) === undefined)
    return `Expected Linux on x64 or arm64, got ${platform} on ${machine}.`;
  const absent = PROGRAMS[layer].find(({ name }) => lookUp(name, path) === undefined);
  if (absent === undefined) return undefined;
  return `Expected \`${absent.name}\` in PATH, found none. Install it: apt install ${absent.debianPackage}.`;
}

function lookUpCommand({ command }: LaunchOptions, path: string): string {
  if (command.includes("/")) return command;
  const found = lookUp(command, path);
  if (found !== undefined) return found;
  const text = `Expected a command that exists, got \`${command}\`, which is not in PATH.`;
  throw new TauError("command-not-found", text, { executed: "no", phase: "launch" });
}

/** What has to be there for it to run at all. */
function codeOf(
  { launch, runtime, bundle }: StartPlan,
  command: string,
  { path, root, permissions }: ConfineOptions,
): string[] {
  const bundles = bundle === undefined ? [] : [bundle, `${bundle}.map`].filter((file) => existsSync(file));
  if (runtime === "command") {
    // A package's manifest is the extension's own word: all of its folder is its code, and nothing that it names elsewhere.
    const files = root === undefined ? filesNamed(launch, permissions.write) : [root];
    return [command, ...interpreterOf(command, path), ...files];
  }
  if (runtime === "rust") return [command];
  if (runtime === "guest") {
    const folder = dirname(launch.args[0] ?? command);
    return [command, folder, ...manifestOf(folder), ...bundles];
  }
  const runner = launch.args.find((argument) => argument.startsWith("/") && argument !== bundle) ?? command;
  if (runtime === "node") {
    const folder = runnerFolder(runner);
    return [command, runner, folder, ...manifestOf(folder), ...bundles];
  }
  const { VIRTUAL_ENV } = launch.env;
  return [...(VIRTUAL_ENV === undefined ? [] : [VIRTUAL_ENV]), ...pythonFolders(command), dirname(runner), ...bundles];
}

/** Node looks for it when a runner loads an extension; since Node 24 one that is there and can't be read, as by Landlock, is an error. */
function manifestOf(folder: string): string[] {
  const manifest = nearestManifest(folder);
  return manifest === undefined ? [] : [manifest];
}

/** A Python that is not the system's has its library beside it. */
function pythonFolders(command: string): string[] {
  const real = realpathSync.native(command);
  const prefix = dirname(dirname(real));
  return prefix === "/usr" || prefix === "/" ? [command] : [command, prefix];
}

/**
 * `python3 ./weather.py`: what the user's command line names is the extension as well. Files only: a folder may hold anything. What lies in a
 * folder to write in is there with it, and may be a link by the next start.
 */
function filesNamed({ args, cwd }: LaunchOptions, write: readonly string[]): string[] {
  const named = args.map((argument) => resolve(cwd, argument));
  return named
    .filter((path) => !write.some((folder) => isWithin(path, folder)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** `#!/usr/bin/env perl` needs both. */
function interpreterOf(command: string, path: string): string[] {
  const line = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(readBeginning(command, 256).toString("latin1"));
  const [, interpreter, word] = line ?? [];
  if (interpreter === undefined || !existsSync(interpreter)) return [];
  // Its own word: only the real env looks names up, and only names.
  const isName = ["/usr/bin/env", "/bin/env"].includes(interpreter) && /^[\w.+-]+$/.test(word ?? "");
  const named = isName && word !== undefined ? lookUp(word, path) : undefined;
  return named === undefined ? [interpreter] : [interpreter, named];
}

/** @throws TauError `invalid-option` for variables that would have the loader run something else */
export function confinedEnvironment(
  base: Readonly<Record<string, string>>,
  granted: Readonly<Record<string, string>>,
  { programs, environment }: ResolvedPermissions,
): Record<string, string> {
  // Also where they are not set today.
  const loader = [...Object.keys(granted), ...environment].find((name) => LOADER_VARIABLES.test(name));
  if (loader !== undefined) {
    const text = `Expected variables that tell an extension something, got \`${loader}\`, which has a loader run other code. Leave it out.`;
    throw new TauError("invalid-option", text, { executed: "no", phase: "launch" });
  }
  const harmless = Object.entries(base).filter(([name]) => HARMLESS.test(name));
  const place = { HOME: SANDBOX_HOME, TMPDIR: SANDBOX_HOME, PATH: [...programFolders(programs), "/usr/bin"].join(":") };
  const { VIRTUAL_ENV } = base;
  return {
    ...Object.fromEntries(harmless),
    ...place,
    ...(VIRTUAL_ENV === undefined ? {} : { VIRTUAL_ENV }),
    ...granted,
  };
}

function unavailable(message: string): TauError {
  const text = `The extension was not started, because it could not be confined to a sandbox. ${message}`;
  return new TauError("isolation-unavailable", text, { executed: "no", phase: "launch" });
}
