import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { DEFAULT_MAX_LINE_BYTES, TauError } from "tau-protocol";
import { type Clock, systemClock } from "tau-rpc";
import { BuilderClient } from "./build/builder-client.ts";
import { cleanEnvironment } from "./environment.ts";
import { LauncherClient, type SpawnFunction } from "./launch/launcher-client.ts";
import { StateStore } from "./state/store.ts";
import { SchemaCompiler } from "./validate/schema.ts";

export interface HostOptions extends Partial<HostLimits> {
  /** The agent's working directory; relative sources are seen from here. @default process.cwd() */
  cwd?: string;
  /** Where built extensions are kept. @default $TAU_HOME/cache, or ~/.tau/cache */
  cacheDir?: string;
  /** Where extensions' state is kept, that of the scope `user`. @default $TAU_HOME/state, or ~/.tau/state */
  stateDir?: string;
  /** Where extensions' clean environments are taken from. @default process.env */
  environment?: NodeJS.ProcessEnv;
  /** @default the machine's */
  clock?: Clock;
  /** Starts the launcher, the only process that the host starts itself. @default node:child_process */
  spawn?: SpawnFunction;
}

/** What all extensions of one host share. */
export interface HostContext {
  cwd: string;
  /** Where extensions' environments are taken from. */
  environment: NodeJS.ProcessEnv;
  limits: HostLimits;
  clock: Clock;
  launcher: LauncherClient;
  builder: BuilderClient;
  compiler: SchemaCompiler;
  state: StateStore;
  /** Something failed that nobody waits for. */
  onError(error: TauError): void;
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
  /** The longest message either way, in bytes. @default 16777216 */
  maxLineBytes: number;
}

const DEFAULT_LIMITS: HostLimits = {
  startTimeoutMs: 15_000,
  callTimeoutMs: 600_000,
  cancelGraceMs: 5_000,
  drainTimeoutMs: 30_000,
  shutdownTimeoutMs: 2_000,
  maxLineBytes: DEFAULT_MAX_LINE_BYTES,
};

export function createContext(options: HostOptions, onError: (error: TauError) => void): HostContext {
  const environment = options.environment ?? process.env;
  const limits = { ...DEFAULT_LIMITS, ...pickLimits(options) };
  const clock = options.clock ?? systemClock;
  const home = environment["TAU_HOME"] ?? join(homedir(), ".tau");
  const launcher = new LauncherClient(options.spawn ?? spawn);
  const builder = new BuilderClient({
    launcher,
    cacheDir: options.cacheDir ?? join(home, "cache"),
    environment: cleanEnvironment(environment, {}),
    clock,
    timeoutMs: 60_000,
  });
  return {
    cwd: resolve(options.cwd ?? process.cwd()),
    environment,
    limits,
    clock,
    launcher,
    builder,
    compiler: new SchemaCompiler(),
    state: new StateStore({ directory: options.stateDir ?? join(home, "state"), onReport: onError }),
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
