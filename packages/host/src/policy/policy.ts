import { TauError } from "tau-protocol";
import { PERMISSION_LIMITS, type PermissionLimits, checkPermissionLimits } from "../sandbox/permission-limits.ts";
import { show } from "../show.ts";

/** What no extension of a host gets, whoever grants it. Several hold together: each can only forbid. */
export interface Policy {
  /** Nothing runs outside of a sandbox. @default extensions may be unconfined */
  isolation?: "sandbox";
  /** What is not granted to anybody. `*` is everything of its kind. @default {}: nothing is forbidden */
  forbid?: Forbidden;
  /** The most that any extension may use. Granting more is refused; who is granted nothing has this. `openFiles` holds in sandboxes. @default {} */
  limits?: PermissionLimits;
  /** Where it is written, for whoever is refused something by it: a path. */
  from?: string;
}

export interface Forbidden {
  /** Files and folders with what is in them, and so every folder that they are in. What may not be read may not be written. `~/` is the home. */
  files?: { read?: readonly string[]; write?: readonly string[] };
  /** Names, whatever folder they are in, or paths of programs or of folders with them. */
  programs?: readonly string[];
  /** `host` with all its ports, `host:port`, `*.example.com` for all below a name. */
  network?: readonly string[];
  /** Names of variables; `AWS_*` for all that begin so. Unconfined extensions are not given them either. */
  environment?: readonly string[];
}

/** @throws TauError `invalid-option`: a policy with a typo would forbid nothing */
export function checkPolicy(policy: Policy): Policy {
  expectKeys("policy", policy, ["isolation", "forbid", "limits", "from"]);
  const { isolation, forbid = {}, limits = {} } = policy;
  if (isolation !== undefined && isolation !== "sandbox") throw wrong("policy.isolation", '"sandbox"', isolation);
  expectKeys("policy.forbid", forbid, ["files", "programs", "network", "environment"]);
  const { files = {}, programs = [], network = [], environment = [] } = forbid;
  expectKeys("policy.forbid.files", files, ["read", "write"]);
  const lists = { "files.read": files.read ?? [], "files.write": files.write ?? [], programs, network, environment };
  for (const [name, list] of Object.entries(lists)) {
    const isRight = Array.isArray(list) && list.every((rule) => typeof rule === "string" && rule !== "");
    if (!isRight) throw wrong(`policy.forbid.${name}`, "a list of texts", list);
  }
  for (const rule of network)
    if (!NETWORK_RULE.test(rule)) throw wrong("policy.forbid.network", "host, host:port or *.host", rule);
  for (const rule of environment)
    if (!/^\w*\*?$/.test(rule)) throw wrong("policy.forbid.environment", "names, or NAME_*", rule);
  expectKeys("policy.limits", limits, PERMISSION_LIMITS);
  checkPermissionLimits(limits, "policy.limits");
  return policy;
}

const NETWORK_RULE = /^(?:\*|(?:\*\.)?[^*/@\s]+)$/;

/** The lowest limits of them all. */
export function mostOf(policies: readonly Policy[]): PermissionLimits {
  const most: PermissionLimits = {};
  for (const { limits = {} } of policies) {
    for (const name of PERMISSION_LIMITS) {
      const given = limits[name];
      if (given !== undefined) most[name] = Math.min(given, most[name] ?? Infinity);
    }
  }
  return most;
}

function expectKeys(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(name, "an object", value);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw wrong(name, `${known.join(", ")} and nothing else`, unknown);
}

function wrong(name: string, expected: string, got: unknown): TauError {
  return new TauError("invalid-option", `Expected \`${name}\` to be ${expected}, got ${show(got)}.`, {
    executed: "no",
  });
}
