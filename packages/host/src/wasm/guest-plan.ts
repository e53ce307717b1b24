import { createRequire } from "node:module";
import { TauError } from "tau-protocol";
import { resolveGrant } from "../grant.ts";
import type { LaunchOptions } from "../launch/launcher-client.ts";
import { resolveLimits } from "../launch/limits.ts";
import { toldChannel } from "../launch/told-channel.ts";
import type { PlanOptions, StartPlan } from "../plan.ts";
import { confine, confinedEnvironment } from "../sandbox/confine.ts";
import { expectOwnSources, placeOf } from "../sandbox/own-sources.ts";
import type { ResolvedPermissions } from "../sandbox/permissions.ts";
import { type ResolvedSource, resolveSource } from "../source.ts";
import { resolveGuestLimits } from "./guest-limits.ts";

/**
 * A plan for an extension that runs as a guest: JavaScript in QuickJS, in a process of its own.
 * @throws TauError of the phases `resolve`, `build` and `launch`
 */
export async function makeGuestPlan(options: PlanOptions): Promise<StartPlan> {
  const { source, context, guest } = options;
  const { permissions, env, path, resources, told } = resolveGrant(options);
  expectNetworkOnly(permissions);
  const limits = resolveGuestLimits({ ...context.guest, ...guest });
  const whyOpen = context.sandboxProbe.whyNot();
  const resolved = expectGuest(await resolveSource(source, context.cwd));
  const { name, version } = resolved;
  const { bundle, sources, entry, runner } = await build(resolved, options);
  const place = placeOf(source, context.cwd);
  if (place !== undefined) expectOwnSources({ ...place, inputs: sources, permissions });
  const assignment = { bundle, name, version, ...limits, env: Object.keys(env) };
  const launch: LaunchOptions = {
    command: process.execPath,
    args: [runner, JSON.stringify(assignment)],
    cwd: context.cwd,
    ...toldChannel("fd3+4", context.environment),
    limits: resolveLimits(resources),
  };
  const plan: StartPlan = { launch, runtime: "guest", bundle, entry, ...told };
  const why = await whyOpen;
  if (why === undefined) {
    const layer = await context.sandboxProbe.layer();
    return { ...confine(plan, { layer, permissions, env, path, ownFolders: context.ownFolders }), runtime: "guest" };
  }
  // The sandbox around its process is a second wall. Where there is none, the first one holds by itself.
  options.onNote?.(
    `It runs in WebAssembly and reaches nothing, but without the sandbox that would hold a fault of the engine: ${why}`,
  );
  return { ...plan, launch: { ...launch, cwd: "/", env: confinedEnvironment(launch.env, env, permissions) } };
}

/** What runs, the files it was made of, and what can make it again. */
async function build(
  { kind, entry }: BuiltSource,
  { context, onNote = () => {} }: PlanOptions,
): Promise<{ bundle: string; sources: readonly string[]; entry: string | undefined; runner: string }> {
  // Belong to the SDK, as the one for processes does.
  const { resolve } = createRequire(import.meta.url);
  if (kind === "component") {
    const bundle = await context.components.build(entry, onNote);
    return { bundle, sources: [], entry: undefined, runner: resolve("tau-ext/component") };
  }
  const { file: bundle, sources } = await context.builder.build(entry, "guest");
  return { bundle, sources, entry, runner: resolve("tau-ext/guest") };
}

type BuiltSource = Extract<ResolvedSource, { entry: string }>;

function expectGuest(source: ResolvedSource): BuiltSource {
  if (source.kind === "module" || source.kind === "component") return source;
  const got = source.kind === "command" ? "a command" : `${source.entry}, which is ${source.kind}`;
  const text = `Expected TypeScript, JavaScript or a component for isolation "wasm", got ${got}. Use isolation "sandbox" for it.`;
  throw new TauError("source-unsupported", text, { executed: "no", phase: "resolve" });
}

/** There is nothing in a guest that could use the others; a permission that means nothing must not look like one. */
function expectNetworkOnly({ read, write, programs }: ResolvedPermissions): void {
  if (read.length + write.length + programs.length === 0) return;
  const text =
    'Expected `permissions` with `network` alone for isolation "wasm", got files or programs, of which a guest has none. ' +
    'Use isolation "sandbox" for an extension that needs them.';
  throw new TauError("invalid-option", text, { executed: "no", phase: "launch" });
}
