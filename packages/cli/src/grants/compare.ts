import { resolve } from "node:path";
import type { Permissions } from "tau-host";

/** Permissions as a list of lines that can be compared and shown: `read /home/ada/notes`, `run git`, `ask api.example.com`. */
export type PermissionLines = readonly string[];

/** Paths are made absolute: a grant for one project is none for another. */
export function linesOf({ files = {}, programs = [], network = [] }: Permissions, cwd: string): PermissionLines {
  return [
    ...(files.read ?? []).map((path) => `read ${resolve(cwd, path)}`),
    ...(files.write ?? []).map((path) => `write ${resolve(cwd, path)}`),
    ...programs.map((program) => `run ${program.includes("/") ? resolve(cwd, program) : program}`),
    ...network.map((server) => `ask ${server}`),
  ].sort();
}

/** What of the asked was not granted. Writing includes reading, and a folder what is in it. */
export function missingFrom(granted: PermissionLines, asked: PermissionLines): PermissionLines {
  return asked.filter((line) => !granted.some((grant) => covers(grant, line)));
}

function covers(grant: string, line: string): boolean {
  if (grant === line) return true;
  const [verb, path] = split(line);
  const [granted, folder] = split(grant);
  const isFile = verb === "read" || verb === "write";
  return isFile && (granted === verb || granted === "write") && (path === folder || path.startsWith(`${folder}/`));
}

function split(line: string): [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}
