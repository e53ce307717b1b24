import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { TauError } from "tau-protocol";
import { formatNetworkGrant } from "../http/network-grant.ts";
import { isWithin } from "../sandbox/own-sources.ts";
import { PERMISSION_LIMITS } from "../sandbox/permission-limits.ts";
import type { Isolation, ResolvedPermissions } from "../sandbox/permissions.ts";
import { mostOf, type Policy } from "./policy.ts";

export interface Wanted {
  isolation: Isolation;
  /** Names of variables that it is given. */
  environment: readonly string[];
  /** Absent where it is not confined. */
  permissions?: ResolvedPermissions;
}

/**
 * Whatever grants, flags and projects say, a policy has the last word.
 * @throws TauError `denied`, naming what is forbidden and the rule
 */
export function expectWithin(policies: readonly Policy[], { isolation, environment, permissions }: Wanted): void {
  for (const policy of policies) {
    const { read = [], write = [] } = policy.forbid?.files ?? {};
    const { programs = [], network = [], environment: variables = [] } = policy.forbid ?? {};
    if (policy.isolation === "sandbox" && isolation === "process")
      throw forbidden(policy, 'isolation "process"', "isolation", "sandbox");
    refuse({
      policy,
      kind: "environment",
      rules: variables,
      wanted: environment,
      isForbidden: forbidsVariable,
      verb: "see",
    });
    if (permissions === undefined) continue;
    const reads = [...permissions.read, ...permissions.write];
    refuse({ policy, kind: "files.read", rules: read, wanted: reads, isForbidden: forbidsFile, verb: "read" });
    const { write: writes } = permissions;
    refuse({ policy, kind: "files.write", rules: write, wanted: writes, isForbidden: forbidsFile, verb: "write" });
    refuse({
      policy,
      kind: "programs",
      rules: programs,
      wanted: permissions.programs,
      isForbidden: forbidsProgram,
      verb: "run",
    });
    const servers = permissions.network.map((grant) => formatNetworkGrant(grant));
    refuse({ policy, kind: "network", rules: network, wanted: servers, isForbidden: forbidsServer, verb: "ask" });
    expectFew(policy, permissions);
  }
}

/** The same, with no more of anything than a policy lets anybody use. */
export function withinLimits(policies: readonly Policy[], permissions: ResolvedPermissions): ResolvedPermissions {
  return { ...permissions, limits: { ...mostOf(policies), ...permissions.limits } };
}

interface Rules {
  policy: Policy;
  kind: string;
  rules: readonly string[];
  wanted: readonly string[];
  isForbidden: (rule: string, wanted: string) => boolean;
  verb: string;
}

function refuse({ policy, kind, rules, wanted, isForbidden, verb }: Rules): void {
  for (const rule of rules) {
    const found = wanted.find((each) => rule === "*" || isForbidden(rule, each));
    if (found !== undefined) throw forbidden(policy, `${verb} ${found}`, `forbid.${kind}`, rule);
  }
}

function expectFew(policy: Policy, { limits }: ResolvedPermissions): void {
  for (const name of PERMISSION_LIMITS) {
    const [most, got] = [policy.limits?.[name], limits[name]];
    if (most !== undefined && got !== undefined && got > most)
      throw forbidden(policy, `limit ${name} ${got}`, `limits.${name}`, most);
  }
}

/** What is in a forbidden folder, and each folder that it is in: granting that would grant what is forbidden. */
function forbidsFile(rule: string, wanted: string): boolean {
  const home = rule === "~" || rule.startsWith("~/") ? join(homedir(), rule.slice(1)) : rule;
  const [rules, paths] = [placesOf(resolve(home)), placesOf(wanted)];
  return rules.some((place) => paths.some((path) => isWithin(path, place) || isWithin(place, path)));
}

/** By what it is called and by what it is: `sh` is a link to another shell on most systems. */
function forbidsProgram(rule: string, wanted: string): boolean {
  if (!rule.includes("/")) return placesOf(wanted).some((path) => basename(path) === rule);
  return placesOf(resolve(rule)).some((place) => placesOf(wanted).some((path) => isWithin(path, place)));
}

function forbidsServer(rule: string, wanted: string): boolean {
  const text = rule.toLowerCase();
  const colon = wanted.lastIndexOf(":");
  // A dot behind a name changes nothing of whom it stands for.
  const [host, port] = [wanted.slice(0, colon).replace(/\.$/, ""), wanted.slice(colon)];
  if (text.startsWith("*.")) return host.endsWith(text.slice(1));
  return [text, canonical(text)].some((each) => each === host || each === host + port);
}

/** `0x7f.1` is 127.0.0.1, as it is in a grant. */
function canonical(rule: string): string {
  const [, name = "", port] = /^(.+?)(:\d{1,5})?$/.exec(rule) ?? [];
  return URL.canParse(`http://${name}/`) ? `${new URL(`http://${name}/`).hostname}${port ?? ""}` : rule;
}

function forbidsVariable(rule: string, wanted: string): boolean {
  return rule.endsWith("*") ? wanted.startsWith(rule.slice(0, -1)) : wanted === rule;
}

/** A path as it is written, and where it leads as far as it is there. */
function placesOf(path: string): string[] {
  return [...new Set([path, realPath(path)])];
}

function realPath(path: string): string {
  if (existsSync(path)) return realpathSync.native(path);
  const above = dirname(path);
  return above === path ? path : join(realPath(above), basename(path));
}

function forbidden({ from }: Policy, what: string, rule: string, value: string | number): TauError {
  const whose = from === undefined ? "the host's policy" : `the policy in ${from}`;
  const text = `Expected permissions within ${whose}, got \`${what}\`, which its \`${rule}\` (${value}) forbids. Grants, flags and projects can't allow it: load the extension without, or change the policy.`;
  return new TauError("denied", text, { executed: "no", phase: "launch" });
}
