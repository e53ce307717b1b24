import { resolve } from "node:path";
import { DEFAULT_PERMISSION_LIMITS, type Permissions } from "tau-host";

/**
 * Permissions as a list of lines that can be compared and shown: `read /home/ada/notes`, `run git`, `ask api.example.com`, `see API_KEY`,
 * `limit memoryMb 4096`.
 */
export type PermissionLines = readonly string[];

/** Paths are made absolute: a grant for one project is none for another. */
export function linesOf(permissions: Permissions, cwd: string): PermissionLines {
  const { files = {}, programs = [], network = [], environment = [], limits = {} } = permissions;
  return [
    ...(files.read ?? []).map((path) => `read ${resolve(cwd, path)}`),
    ...(files.write ?? []).map((path) => `write ${resolve(cwd, path)}`),
    ...programs.map((program) => `run ${program.includes("/") ? resolve(cwd, program) : program}`),
    ...network.map((server) => `ask ${server}`),
    ...environment.map((name) => `see ${name}`),
    ...Object.entries(limits).map(([name, most]) => `limit ${name} ${most}`),
  ].sort();
}

/**
 * What of the asked was not granted. Writing includes reading, and a folder what is in it. Who names no limit has the default one: it needs
 * no grant, unless what was granted before was less.
 */
export function missingFrom(granted: PermissionLines, asked: PermissionLines): PermissionLines {
  const known = [...granted, ...defaultsFor(asked, granted)];
  return [...asked, ...defaultsFor(granted, asked)].filter((line) => !known.some((grant) => covers(grant, line)));
}

/** The default limits of those that are named in `lines` and not in `others`. */
function defaultsFor(lines: PermissionLines, others: PermissionLines): PermissionLines {
  const named = (all: PermissionLines): string[] =>
    all.flatMap((line) => (split(line)[0] === "limit" ? [splitLimit(line)[0]] : []));
  const absent = named(lines).filter((name) => !named(others).includes(name));
  return absent.flatMap((name) => {
    const most = Object.hasOwn(DEFAULT_PERMISSION_LIMITS, name)
      ? DEFAULT_PERMISSION_LIMITS[name as keyof typeof DEFAULT_PERMISSION_LIMITS]
      : undefined;
    return most === undefined ? [] : [`limit ${name} ${most}`];
  });
}

function covers(grant: string, line: string): boolean {
  if (grant === line) return true;
  const [verb, path] = split(line);
  const [granted, folder] = split(grant);
  if (verb === "limit" && granted === "limit") {
    const [[name, most], [grantedName, grantedMost]] = [splitLimit(line), splitLimit(grant)];
    return name === grantedName && most <= grantedMost;
  }
  const isFile = verb === "read" || verb === "write";
  return isFile && (granted === verb || granted === "write") && (path === folder || path.startsWith(`${folder}/`));
}

function split(line: string): [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

/** The name and the figure of `limit memoryMb 4096`. */
function splitLimit(line: string): [string, number] {
  const [name, most] = split(split(line)[1]);
  return [name, Number(most)];
}
