import type { JsonObject } from "tau-protocol";
import type { CallLimits } from "./call-limits.ts";
import type { NetworkGrant } from "./http/network-grant.ts";
import type { ResourceLimits } from "./launch/limits.ts";
import type { PlanOptions } from "./plan.ts";
import { expectWithin, withinLimits } from "./policy/hold.ts";
import { lowerResources, type PermissionLimits } from "./sandbox/permission-limits.ts";
import { describePermissions, type ResolvedPermissions, resolvePermissions } from "./sandbox/permissions.ts";

/** What a confined extension may reach and use, with the policies' word on it. */
export interface Grant {
  permissions: ResolvedPermissions;
  /** Variables granted to it. */
  env: Readonly<Record<string, string>>;
  /** The host's PATH. */
  path: string;
  resources: ResourceLimits;
  /** What of it its plan tells: the extension, and whoever calls it. */
  told: { permissions: JsonObject; callLimits?: CallLimits; network?: readonly NetworkGrant[] };
}

/** @throws TauError `invalid-option` for permissions that are none, `denied` for what a policy forbids */
export function resolveGrant({ isolation, context, ...options }: PlanOptions): Grant {
  const { policies } = context;
  const path = context.environment["PATH"] ?? "";
  const granted = resolvePermissions(options.permissions, context.cwd, path);
  const environment = [...Object.keys(options.env), ...granted.environment];
  expectWithin(policies, { isolation, environment, permissions: granted });
  const permissions = withinLimits(policies, granted);
  const { network, limits } = permissions;
  return {
    permissions,
    env: { ...variables(permissions.environment, context.ownEnvironment), ...options.env },
    path,
    resources: lowerResources({ ...context.resources, ...options.resources }, limits),
    told: {
      permissions: describePermissions(permissions),
      ...callLimitsOf(limits),
      ...(network.length === 0 ? {} : { network }),
    },
  };
}

/** Absent where there are none: the calls of such an extension take no longer. */
export function callLimitsOf({ callTimeoutMs, outputBytes }: PermissionLimits): { callLimits?: CallLimits } {
  if (callTimeoutMs === undefined && outputBytes === undefined) return {};
  return { callLimits: { callTimeoutMs, outputBytes } };
}

/** Those that are set. */
function variables(names: readonly string[], environment: NodeJS.ProcessEnv): Record<string, string> {
  const set = names.map((name): [string, string | undefined] => [name, environment[name]]);
  return Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
