import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { HostContext } from "./context.ts";
import type { LaunchOptions } from "./launch/launcher-client.ts";
import { type ResourceLimits, resolveLimits } from "./launch/limits.ts";
import { PROFILABLE_FLAGS } from "./liveness/inspector-lines.ts";
import { type ExtensionSource, resolveSource } from "./source.ts";

/** One version of an extension, found and built. It can be started again, whatever has become of its source. */
export interface StartPlan {
  launch: LaunchOptions;
  /** The bundle that the runner loads, where there is one. */
  bundle: string | undefined;
  /** The file that the bundle was made of. */
  entry: string | undefined;
}

export interface PlanOptions {
  source: ExtensionSource;
  /** Environment variables granted to the extension. */
  env: Readonly<Record<string, string>>;
  /** What it may use of the machine. */
  resources: ResourceLimits;
  context: HostContext;
}

/**
 * Makes a plan of what lies in the source now.
 * @throws TauError of the phases `resolve` and `build`
 */
export async function makePlan({ source, env, resources, context }: PlanOptions): Promise<StartPlan> {
  const resolved = await resolveSource(source, context.cwd);
  const environment = { ...context.environment, ...env };
  const limits = resolveLimits({ ...context.resources, ...resources });
  if (resolved.kind === "command") {
    const { command, args, cwd } = resolved;
    const launch = {
      command,
      args,
      cwd,
      env: { ...environment, TAU_CHANNEL: "stdio" },
      channel: "stdio",
      limits,
    } as const;
    return { launch, bundle: undefined, entry: undefined };
  }
  const { file: bundle } = await context.builder.build(resolved.entry);
  const runner = runnerLaunch({ ...context, environment, limits });
  const launch = { ...runner, args: [...runner.args, bundle, resolved.name, resolved.version] };
  return { launch, bundle, entry: resolved.entry };
}

/** How the process of an extension built from source is started, without the extension. */
export function runnerLaunch({ runner, cwd, environment, limits }: RunnerPlace): LaunchOptions {
  return {
    command: process.execPath,
    args: [...PROFILABLE_FLAGS, runner],
    cwd,
    env: { ...environment, TAU_CHANNEL: "fd:3" },
    channel: "fd3",
    limits,
  };
}

interface RunnerPlace {
  runner: string;
  cwd: string;
  environment: Record<string, string>;
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
