import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { TauError } from "tau-protocol";
import type { LaunchOptions } from "../launch/launcher-client.ts";
import type { StartPlan } from "../plan.ts";
import { bubblewrapArguments, programFolders, SANDBOX_HOME } from "./bubblewrap.ts";
import { isWithin } from "./own-sources.ts";
import { lookUp, type ResolvedPermissions } from "./permissions.ts";
import { buildFilter } from "./seccomp.ts";
import { syscallTable } from "./syscalls.ts";

export interface ConfineOptions {
  permissions: ResolvedPermissions;
  /** Variables granted to this extension. The rest of what others get is not its business either. */
  env: Readonly<Record<string, string>>;
  /** The folder of a package, which is the extension's. Absent for a file, and for a command that the user gave. */
  root?: string;
  /** The host's PATH, in which bwrap and prlimit are looked up. */
  path: string;
  /** @default the machine's */
  platform?: NodeJS.Platform;
  /** @default the machine's */
  machine?: string;
}

/** Open files at a time, and the longest file that can be written, in bytes. No core files: they would hold what it was told. */
const PROCESS_LIMITS = ["--nofile=512:512", `--fsize=${1024 ** 3}:${1024 ** 3}`, "--core=0:0"];

/** Of what every extension gets, what tells nothing of the user and leads nowhere. */
const HARMLESS = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|TAU_CHANNEL)$/;

/** Loaders and runtimes run what these name before any code of ours. */
const LOADER_VARIABLES =
  /^(?:LD_|NODE_OPTIONS$|NODE_PATH$|PYTHONPATH$|PYTHONHOME$|PYTHONSTARTUP$|BASH_ENV$|ENV$|PERL5?(?:OPT|LIB)$)/;

/**
 * The same version of an extension, started so that it reaches nothing but what it was granted.
 * @throws TauError `isolation-unavailable` where that can't be held: nothing ever runs less confined than was asked for
 */
export function confine(plan: StartPlan, options: ConfineOptions): StartPlan {
  const { permissions, env, path, platform = process.platform, machine = process.arch } = options;
  const table = syscallTable(machine);
  if (platform !== "linux" || table === undefined) {
    throw unavailable(`Expected Linux on x64 or arm64, got ${platform} on ${machine}.`);
  }
  const [bwrap, prlimit] = [requireProgram("bwrap", "bubblewrap", path), requireProgram("prlimit", "util-linux", path)];
  const { launch } = plan;
  const filter = buildFilter({ table, mayStartPrograms: permissions.programs.length > 0 });
  const command = lookUpCommand(launch, path);
  const inside = bubblewrapArguments({
    permissions,
    code: codeOf(plan, command, options),
    cwd: launch.cwd,
    // Behind the descriptors that are the extension's own.
    filterFd: launch.channel === "fd3" ? 4 : 3,
  });
  const confined: LaunchOptions = {
    ...launch,
    command: prlimit,
    args: [...PROCESS_LIMITS, bwrap, ...inside, "--", command, ...launch.args],
    cwd: "/",
    env: confinedEnvironment(launch.env, env, permissions.programs),
    filter: filter.toString("base64"),
  };
  // Not `node`: the process that the host sees is bwrap, which a profiler's signal would end.
  return { ...plan, launch: confined, runtime: "command" };
}

function requireProgram(name: string, debianPackage: string, path: string): string {
  const found = lookUp(name, path);
  if (found !== undefined) return found;
  throw unavailable(`Expected \`${name}\` in PATH, found none. Install it: apt install ${debianPackage}.`);
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
  if (runtime === "guest") return [command, dirname(launch.args[0] ?? command), ...bundles];
  const runner = launch.args.find((argument) => argument.startsWith("/") && argument !== bundle) ?? command;
  if (runtime === "node") return [command, runner, ...bundles];
  const { VIRTUAL_ENV } = launch.env;
  return [...(VIRTUAL_ENV === undefined ? [] : [VIRTUAL_ENV]), ...pythonFolders(command), dirname(runner), ...bundles];
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
  const line = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(readFileSync(command).subarray(0, 256).toString("latin1"));
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
  programs: readonly string[],
): Record<string, string> {
  const loader = Object.keys(granted).find((name) => LOADER_VARIABLES.test(name));
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
