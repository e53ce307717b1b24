import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { DEFAULT_MAX_LINE_BYTES, type EmitParams, type JsonObject, TauError } from "tau-protocol";
import { type Clock, systemClock } from "tau-rpc";
import { BuilderClient } from "./build/builder-client.ts";
import { cleanEnvironment } from "./environment.ts";
import { LauncherClient } from "./launch/launcher-client.ts";
import { type ResourceLimits, resolveLimits } from "./launch/limits.ts";
import { SparePool } from "./launch/spare-pool.ts";
import type { SpawnFunction } from "./launch/spawn-launcher.ts";
import { LivenessMonitor } from "./liveness/liveness-monitor.ts";
import { OfferCache } from "./offer-cache.ts";
import { runnerLaunch } from "./plan.ts";
import { checkPolicy, type Policy } from "./policy/policy.ts";
import { PythonBuilder } from "./python/python-builder.ts";
import { runnerPath } from "./runner-path.ts";
import { cargoEnvironment, RustBuilder } from "./rust/rust-builder.ts";
import type { Isolation } from "./sandbox/permissions.ts";
import { SandboxProbe } from "./sandbox/sandbox-probe.ts";
import type { HostServices } from "./services.ts";
import { StateStore } from "./state/store.ts";
import { SchemaCompiler } from "./validate/schema.ts";
import { ComponentBuilder } from "./wasm/component-builder.ts";
import type { GuestLimits } from "./wasm/guest-limits.ts";

export interface HostOptions extends Partial<HostLimits> {
  /** The agent's working directory; relative sources are seen from here. @default process.cwd() */
  cwd?: string;
  /** Where built extensions are kept. @default $TAU_HOME/cache, or ~/.tau/cache */
  cacheDir?: string;
  /** Where extensions' state is kept, that of the scope `user`. @default $TAU_HOME/state, or ~/.tau/state */
  stateDir?: string;
  /** Where extensions' clean environments are taken from. @default process.env */
  environment?: NodeJS.ProcessEnv;
  /** Whether extensions are started before there is something for them to do; see {@link LoadOptions}. @default "eager" */
  start?: "eager" | "lazy";
  /**
   * Whether a process waits ready for the next extension, so that a start does not wait for one to begin: milliseconds instead of tens.
   * It costs the memory of a bare Node process. @default only while {@link Host.watch} is on
   */
  warmSpare?: boolean;
  /** What each extension may use of the machine, where its own `resources` say nothing else. @default see {@link ResourceLimits} */
  resources?: ResourceLimits;
  /** How extensions are kept from what they were not granted, where `load` says nothing else. @default "process" */
  isolation?: Isolation;
  /** What no extension gets, whoever grants it. Each of them holds. @default none */
  policies?: readonly Policy[];
  /** What each guest (`isolation: "wasm"`) may use, where its own `guest` says nothing else. @default see {@link GuestLimits} */
  guest?: GuestLimits;
  /** What an agent answers its extensions: prompts, the model, the session. @default nothing: they are told that it is unavailable */
  services?: HostServices;
  /** Values of `--flags` that the user gave and the agent does not know: extensions that registered one read it. @default {} */
  flags?: Readonly<JsonObject>;
  /** @default the machine's */
  clock?: Clock;
  /** Between 0 and 1; spreads restarts. @default Math.random */
  random?: () => number;
  /** Starts the launcher, the only process that the host starts itself. @default node:child_process */
  spawn?: SpawnFunction;
}

/** What all extensions of one host share. */
export interface HostContext {
  cwd: string;
  /** What every extension's environment holds. Taken once: reading the process's takes a tenth of a millisecond, for each extension. */
  environment: Readonly<Record<string, string>>;
  /** The host's own, of which extensions see what they were granted by name. */
  ownEnvironment: NodeJS.ProcessEnv;
  limits: HostLimits;
  resources: ResourceLimits;
  start: "eager" | "lazy";
  isolation: Isolation;
  guest: GuestLimits;
  sandboxProbe: SandboxProbe;
  policies: readonly Policy[];
  /** Where tau keeps what it runs and believes: what is built, what is kept, what was granted. No extension in a sandbox writes there. */
  ownFolders: readonly string[];
  /** The program that runs what is built from source. Looked up once: it takes as long as half of a load. */
  runner: string;
  clock: Clock;
  random: () => number;
  launcher: LauncherClient;
  /** Processes that wait for an extension. */
  spares: SparePool;
  liveness: LivenessMonitor;
  builder: BuilderClient;
  python: PythonBuilder;
  rust: RustBuilder;
  components: ComponentBuilder;
  compiler: SchemaCompiler;
  state: StateStore;
  /** What extensions offered when they last ran. */
  offers: OfferCache;
  /** What an agent answers its extensions. */
  services: HostServices;
  /** Values of the command line's flags, by name. */
  flags: Readonly<JsonObject>;
  /** An extension speaks to the others. */
  onBusEmit: (params: EmitParams, extensionId: string) => void;
  /** Something failed that nobody waits for. */
  onError(error: TauError): void;
}

/** What the context asks and tells its host. */
export interface ContextEvents {
  onError: (error: TauError) => void;
  onBusEmit: (params: EmitParams, extensionId: string) => void;
  /** Paths of bundles that extensions run, or may be started from again. */
  bundlesInUse: () => readonly string[];
}

export interface HostLimits {
  /** From launch to the end of `setup`, in milliseconds. @default 15000 */
  startTimeoutMs: number;
  /** For one call, where the caller sets none. @default 600000 */
  callTimeoutMs: number;
  /** How long a cancelled call may take to answer before its extension is killed. @default 5000 */
  cancelGraceMs: number;
  /** How long calls in flight may take to finish when their version is replaced. @default 30000 */
  drainTimeoutMs: number;
  /** How long an extension may take to end when asked to. @default 2000 */
  shutdownTimeoutMs: number;
  /**
   * How long an extension may not answer a ping, which is when its event loop is blocked, before it is ended. Reported long before.
   * Infinity for never: for people who sit at a debugger. @default 30000
   */
  hangTimeoutMs: number;
  /** How long a new version may show that it lives before the one before it is let go. @default 1000 */
  probationMs: number;
  /** With this many crashes within `crashWindowMs` an extension is not started again by itself. @default 3 */
  maxCrashes: number;
  /** @default 300000 */
  crashWindowMs: number;
  /** An extension without anything to do for so long is stopped until there is. @default Infinity: never */
  idleTimeoutMs: number;
  /** The longest message either way, in bytes. @default 16777216 */
  maxLineBytes: number;
}

const DEFAULT_LIMITS: HostLimits = {
  startTimeoutMs: 15_000,
  callTimeoutMs: 600_000,
  cancelGraceMs: 5_000,
  drainTimeoutMs: 30_000,
  shutdownTimeoutMs: 2_000,
  hangTimeoutMs: 30_000,
  probationMs: 1_000,
  maxCrashes: 3,
  crashWindowMs: 300_000,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  maxLineBytes: DEFAULT_MAX_LINE_BYTES,
};

export function createContext(options: HostOptions, { onError, onBusEmit, bundlesInUse }: ContextEvents): HostContext {
  const environment = options.environment ?? process.env;
  const limits = { ...DEFAULT_LIMITS, ...pickLimits(options) };
  const clock = options.clock ?? systemClock;
  const home = environment["TAU_HOME"] ?? join(homedir(), ".tau");
  const launcher = new LauncherClient(options.spawn ?? spawn, limits.maxLineBytes);
  const policies = (options.policies ?? []).map((policy) => checkPolicy(policy));
  const cwd = resolve(options.cwd ?? process.cwd());
  const resources = options.resources ?? {};
  const runner = runnerPath();
  const cleaned = cleanEnvironment(environment);
  const spares = new SparePool({
    launcher,
    describe: () => runnerLaunch({ runner, cwd, environment: cleaned, limits: resolveLimits(resources) }),
    size: options.warmSpare === false ? 0 : 1,
    clock,
    onError,
  });
  if (options.warmSpare === true) spares.warmUp();
  const cacheDir = options.cacheDir ?? join(home, "cache");
  const stateDir = options.stateDir ?? join(home, "state");
  const builder = new BuilderClient({
    launcher,
    cacheDir,
    environment: cleaned,
    clock,
    timeoutMs: 60_000,
    bundlesInUse,
  });
  return {
    cwd,
    environment: cleaned,
    ownEnvironment: environment,
    limits,
    resources,
    start: options.start ?? "eager",
    isolation: options.isolation ?? "process",
    guest: options.guest ?? {},
    sandboxProbe: new SandboxProbe({ launcher, path: cleaned["PATH"] ?? "" }),
    policies,
    ownFolders: [home, cacheDir, stateDir].map((folder) => resolve(folder)),
    runner,
    clock,
    random: options.random ?? Math.random,
    launcher,
    spares,
    liveness: new LivenessMonitor({ clock }),
    builder,
    python: new PythonBuilder({ launcher, cacheDir, environment, cleanEnvironment: cleaned, bundlesInUse }),
    rust: new RustBuilder({ launcher, cacheDir, environment: cargoEnvironment(environment, cleaned), bundlesInUse }),
    components: new ComponentBuilder({ launcher, cacheDir, environment, cleanEnvironment: cleaned }),
    compiler: new SchemaCompiler(),
    offers: new OfferCache(join(cacheDir, "offers")),
    state: new StateStore({ directory: stateDir, onReport: onError }),
    services: options.services ?? {},
    flags: options.flags ?? {},
    onBusEmit,
    onError,
  };
}

/** @throws TauError `invalid-option` */
function pickLimits(options: HostOptions): Partial<HostLimits> {
  const given = Object.keys(DEFAULT_LIMITS) as (keyof HostLimits)[];
  const set = given.filter((name) => options[name] !== undefined);
  for (const name of set) {
    const value: unknown = options[name];
    if (typeof value === "number" && value > 0) continue;
    throw new TauError("invalid-option", `Expected \`${name}\` to be a number above 0, got ${String(value)}.`);
  }
  return Object.fromEntries(set.map((name) => [name, options[name]]));
}
