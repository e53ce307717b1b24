import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { type JsonObject, TauError } from "tau-protocol";
import { formatNetworkGrant, type NetworkGrant, parseNetworkGrant } from "../http/network-grant.ts";
import { show } from "../show.ts";
import {
  checkPermissionLimits,
  describeLimits,
  PERMISSION_LIMITS,
  type PermissionLimits,
} from "./permission-limits.ts";

/** How an extension is kept from everything that it was not granted. */
export type Isolation =
  /** A process that can't harm the agent, and can read and write what its user can. */
  | "process"
  /** The same, that reaches only what its {@link Permissions} name. Linux, with bubblewrap. */
  | "sandbox"
  /** A guest in WebAssembly: no file, socket, program or variable of the machine, wherever it runs. TypeScript and JavaScript. */
  | "wasm";

/** What a confined extension may reach. What is absent it may not. */
export interface Permissions {
  /** Files and folders, with all that is in them. Relative paths are seen from the host's `cwd`. They have to exist. @default none */
  files?: {
    read?: readonly string[];
    /** Read and written. */
    write?: readonly string[];
  };
  /**
   * Programs that it may start, by path or by a name that is looked up in PATH. They run in the same confinement. Without any it can't
   * start processes at all. @default none
   */
  programs?: readonly string[];
  /**
   * Servers that it may ask by `fetch`, as `host` (port 443) or `host:port`; the host asks in its place. Names that stand for addresses of
   * the machine or of private networks are refused unless the address itself is named. @default none
   */
  network?: readonly string[];
  /** Names of the host's environment variables that it sees, where they are set. @default none */
  environment?: readonly string[];
  /** How much it may use. @default see {@link PermissionLimits} */
  limits?: PermissionLimits;
}

/** The same with everything filled in and every path absolute. */
export interface ResolvedPermissions {
  read: string[];
  write: string[];
  programs: string[];
  network: NetworkGrant[];
  environment: string[];
  limits: PermissionLimits;
}

/** @throws TauError `invalid-option` for what is no permission, and for files that are not there */
export function resolvePermissions(permissions: Permissions, cwd: string, path: string): ResolvedPermissions {
  const { files = {}, programs = [], network = [], environment = [], limits = {} } = checkPermissions(permissions);
  const { read = [], write = [] } = files;
  return {
    read: read.map((file) => existing("files.read", resolve(cwd, file))),
    write: write.map((file) => existing("files.write", resolve(cwd, file))),
    programs: programs.map((program) => findProgram(program, cwd, path)),
    network: network.map((server) => parseNetworkGrant(server)),
    environment: [...environment],
    limits,
  };
}

/** @throws TauError `invalid-option` for what has not the shape of permissions. Whether what they name is there is another question. */
export function checkPermissions(permissions: Permissions): Permissions {
  expectKeys("permissions", permissions, ["files", "programs", "network", "environment", "limits"]);
  const { files = {}, programs = [], network = [], environment = [], limits = {} } = permissions;
  expectKeys("permissions.files", files, ["read", "write"]);
  strings("permissions.files.read", files.read ?? []);
  strings("permissions.files.write", files.write ?? []);
  strings("permissions.programs", programs);
  for (const server of strings("permissions.network", network)) parseNetworkGrant(server);
  for (const name of strings("permissions.environment", environment)) expectName(name);
  expectKeys("permissions.limits", limits, PERMISSION_LIMITS);
  checkPermissionLimits(limits);
  return permissions;
}

/** For `hello` (spec/protocol.md, H-9). */
export function describePermissions(permissions: ResolvedPermissions): JsonObject {
  const { read, write, programs, network, environment, limits } = permissions;
  const servers = network.map((grant) => formatNetworkGrant(grant));
  return { files: { read, write }, programs, network: servers, environment, limits: describeLimits(limits) };
}

/** @param path directories, as PATH holds them. @throws TauError `invalid-option` */
function findProgram(program: string, cwd: string, path: string): string {
  if (program.includes("/")) return existing("programs", resolve(cwd, program));
  const found = lookUp(program, path);
  if (found !== undefined) return found;
  throw refuse(`Expected \`permissions.programs\` to name programs, got ${show(program)}, which is not in PATH.`);
}

/** The file that a bare name runs. */
export function lookUp(program: string, path: string): string | undefined {
  const folders = path.split(":").filter((folder) => isAbsolute(folder));
  return folders.map((folder) => `${folder}/${program}`).find((file) => existsSync(file));
}

/** A typo must not become a permission that is silently not asked for, nor one that is silently not held. */
function expectKeys(name: string, value: object, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refuse(`Expected \`${name}\` to be an object, got ${show(value)}.`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw refuse(`Expected \`${name}\` to have ${known.join(", ")} and nothing else, got ${show(unknown)}.`);
}

function strings(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "")) return value;
  throw refuse(`Expected \`${name}\` to be a list of texts, got ${show(value)}.`);
}

function expectName(name: string): void {
  if (/^[A-Za-z_]\w*$/.test(name)) return;
  throw refuse(`Expected \`permissions.environment\` to name variables, got ${show(name)}.`);
}

function existing(name: string, file: string): string {
  if (existsSync(file)) return file;
  throw refuse(`Expected \`permissions.${name}\` to name what exists, found nothing at ${file}. Make it first.`);
}

function refuse(message: string): TauError {
  return new TauError("invalid-option", message, { executed: "no", phase: "launch" });
}
