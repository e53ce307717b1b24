import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type JsonObject, TauError } from "tau-protocol";
import type { CallLimits } from "./call-limits.ts";
import type { HostContext } from "./context.ts";
import { resolveGrant, callLimitsOf } from "./grant.ts";
import type { NetworkGrant } from "./http/network-grant.ts";
import type { LaunchOptions } from "./launch/launcher-client.ts";
import { type ResourceLimits, resolveLimits } from "./launch/limits.ts";
import { toldChannel } from "./launch/told-channel.ts";
import { PROFILABLE_FLAGS } from "./liveness/inspector-lines.ts";
import { expectWithin } from "./policy/hold.ts";
import { mostOf } from "./policy/policy.ts";
import { pythonRunnerPath } from "./python/sdk-path.ts";
import { confine, type SandboxLayer } from "./sandbox/confine.ts";
import { expectOwnSources, expectUnwritten, type OwnPlace, placeOf } from "./sandbox/own-sources.ts";
import { lowerResources } from "./sandbox/permission-limits.ts";
import type { Isolation, Permissions } from "./sandbox/permissions.ts";
import { show } from "./show.ts";
import { type ExtensionSource, type ResolvedSource, resolveSource } from "./source.ts";
import type { GuestLimits } from "./wasm/guest-limits.ts";
import { makeGuestPlan } from "./wasm/guest-plan.ts";

/** One version of an extension, found and built. It can be started again, whatever has become of its source. */
export interface StartPlan {
  launch: LaunchOptions;
  /** What runs it. */
  runtime: "node" | "guest" | "python" | "rust" | "command";
  /** The bundle that the runner loads, where there is one. */
  bundle: string | undefined;
  /** The file that the bundle was made of, where the builder can make it again. */
  entry: string | undefined;
  /** What it is told that it may do. Absent: it is not confined. */
  permissions?: JsonObject;
  /** What a call of one of its tools may take, where that is limited. */
  callLimits?: CallLimits;
  /** What holds it, where something does. */
  layer?: SandboxLayer;
  /** Servers that the host asks in its place, where there are some. */
  network?: readonly NetworkGrant[];
}

export interface PlanOptions {
  source: ExtensionSource;
  /** Environment variables granted to the extension. */
  env: Readonly<Record<string, string>>;
  /** What it may use of the machine. */
  resources: ResourceLimits;
  isolation: Isolation;
  permissions: Permissions;
  /** What it may use as a guest. */
  guest: GuestLimits;
  context: HostContext;
  /** Told what takes its time before a start. @default nobody */
  onNote?: (text: string) => void;
  /** Aborted when nobody wants the plan any more. */
  signal: AbortSignal;
}

/**
 * Makes a plan of what lies in the source now.
 * @throws TauError of the phases `resolve` and `build`
 */
export async function makePlan(options: PlanOptions): Promise<StartPlan> {
  const { isolation, context } = options;
  const { policies } = context;
  if (isolation === "process") {
    expectWithin(policies, { isolation, environment: Object.keys(options.env) });
    if (Object.keys(options.permissions).length === 0) return makeUnconfinedPlan(options);
    const text = 'Expected `isolation: "sandbox"` beside `permissions`, got "process", where they would not hold.';
    throw new TauError("invalid-option", text, { executed: "no", phase: "launch" });
  }
  if (isolation === "wasm") return makeGuestPlan(options);
  // In code without types anything can stand here, and must not be taken for the open one.
  if (isolation !== "sandbox") {
    const text = `Expected \`isolation\` to be "process", "sandbox" or "wasm", got ${show(isolation)}.`;
    throw new TauError("invalid-option", text, { executed: "no", phase: "launch" });
  }
  const { permissions, env, path, resources, told } = resolveGrant(options);
  // Found out while it is built. What is wrong is told below.
  context.sandboxProbe.layer().catch(() => undefined);
  const find = (): OwnPlace | undefined => placeOf(options.source, context.cwd);
  const beforeRunning = (what: string): void => {
    const place = find();
    if (place !== undefined) expectUnwritten(place, permissions.write, what);
  };
  const { plan: open, inputs } = await makeOpenPlan({ ...options, resources, beforeRunning });
  const place = find();
  if (place !== undefined) expectOwnSources({ ...place, inputs, permissions });
  const root = place?.isPackage === true ? { root: place.folder } : {};
  const layer = await context.sandboxProbe.layer();
  const plan = confine(open, { layer, permissions, env, path, ownFolders: context.ownFolders, ...root });
  return { ...plan, ...told };
}

/** It can reach what its user can, and use what a policy lets it. */
async function makeUnconfinedPlan(options: PlanOptions): Promise<StartPlan> {
  const { context } = options;
  const most = mostOf(context.policies);
  const resources = lowerResources({ ...context.resources, ...options.resources }, most);
  const { plan } = await makeOpenPlan({ ...options, resources });
  return { ...plan, ...callLimitsOf(most) };
}

/** How it runs with all that its user may do, and the files that are in what was built. Those of Rust are not known. */
interface OpenPlan {
  plan: StartPlan;
  inputs: readonly string[];
}

interface OpenOptions extends PlanOptions {
  /** Told before code of the extension's runs to build it. Throws where it must not. @default nobody is */
  beforeRunning?: (what: string) => void;
}

async function makeOpenPlan(options: OpenOptions): Promise<OpenPlan> {
  const { source, env, resources, context, beforeRunning = () => {} } = options;
  const resolved = await resolveSource(source, context.cwd);
  // Of most nobody has granted any: copied where they are added to, once.
  const environment = Object.keys(env).length === 0 ? context.environment : { ...context.environment, ...env };
  const limits = resolveLimits({ ...context.resources, ...resources });
  if (resolved.kind === "command") {
    const { command, args, cwd } = resolved;
    const launch = {
      command,
      args,
      cwd,
      ...toldChannel("stdio", environment),
      limits,
    };
    return { plan: { launch, runtime: "command", bundle: undefined, entry: undefined }, inputs: [] };
  }
  const place = { cwd: context.cwd, environment, limits };
  if (resolved.kind === "python") {
    const plan = await makePythonPlan(resolved, place, options);
    return { plan, inputs: context.python.inputsOf(resolved.entry) };
  }
  if (resolved.kind === "rust") {
    beforeRunning("Cargo's build scripts");
    const program = await context.rust.build(resolved.entry, {
      onNote: options.onNote ?? (() => {}),
      signal: options.signal,
    });
    const launch: LaunchOptions = {
      command: program,
      args: [],
      cwd: context.cwd,
      ...toldChannel("fd3+4", environment),
      limits,
    };
    return { plan: { launch, runtime: "rust", bundle: program, entry: undefined }, inputs: [] };
  }
  if (resolved.kind === "component") {
    const text = `Expected isolation "wasm" for ${resolved.entry}, which is a component, got "${options.isolation}".`;
    throw new TauError("invalid-option", text, { executed: "no", phase: "resolve" });
  }
  const { file: bundle, sources } = await context.builder.build(resolved.entry);
  const runner = runnerLaunch({ ...place, runner: context.runner });
  const launch = { ...runner, args: [...runner.args, bundle, resolved.name, resolved.version] };
  return { plan: { launch, runtime: "node", bundle, entry: resolved.entry }, inputs: sources };
}

/** The bundle holds the text of the extension's files: an older version starts with what it was, whatever has been saved since. */
async function makePythonPlan(
  { entry, name, version }: PythonSource,
  { cwd, environment, limits }: Omit<RunnerPlace, "runner">,
  { context, onNote = () => {}, beforeRunning = () => {} }: OpenOptions,
): Promise<StartPlan> {
  const {
    bundle,
    python,
    environment: folder,
  } = await context.python.build(entry, {
    onNote,
    beforeInstall: () => beforeRunning("what its dependencies run when they are installed"),
  });
  // What the environment's packages brought along as programs, as after activating it.
  const path =
    folder === undefined ? {} : { VIRTUAL_ENV: folder, PATH: `${join(folder, "bin")}:${environment["PATH"] ?? ""}` };
  const launch: LaunchOptions = {
    command: python,
    // Texts are UTF-8 whatever the machine's locale says, as everywhere else in tau.
    args: ["-X", "utf8", pythonRunnerPath(), bundle, name, version],
    cwd,
    ...toldChannel("fd3+4", { ...environment, ...path }),
    limits,
  };
  return { launch, runtime: "python", bundle, entry: undefined };
}

type PythonSource = Extract<ResolvedSource, { entry: string }>;

/** How the process of an extension built from source is started, without the extension. */
export function runnerLaunch({ runner, cwd, environment, limits }: RunnerPlace): LaunchOptions {
  return {
    command: process.execPath,
    args: [...PROFILABLE_FLAGS, runner],
    cwd,
    ...toldChannel("fd3+4", environment),
    limits,
  };
}

interface RunnerPlace {
  runner: string;
  cwd: string;
  environment: Readonly<Record<string, string>>;
  limits: ResourceLimits;
}

/** Whether both start the very same. Nobody can tell of commands, which are names for whatever runs. */
export function isSamePlan(one: StartPlan, other: StartPlan): boolean {
  return one.bundle !== undefined && isDeepStrictEqual(one, other);
}

/** False when somebody has emptied the cache. */
export function isStartable({ bundle }: StartPlan): boolean {
  return bundle === undefined || existsSync(bundle);
}
