import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { type ExtensionSource, type Permissions, readAskedPermissions } from "tau-host";
import { TauError } from "tau-protocol";
import { tauHome } from "../discovery/places.ts";
import { linesOf, missingFrom } from "./compare.ts";
import { GrantStore } from "./grant-store.ts";

export interface Place {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/**
 * What a sandboxed extension asks for, where the user has granted all of it.
 * @throws TauError `denied` with what was not granted, and how to
 */
export async function grantedPermissions(source: ExtensionSource, { cwd, env }: Place): Promise<Permissions> {
  const asked = await readAskedPermissions(source, cwd);
  if (typeof source !== "string") return asked;
  const path = await pathOf(source, cwd);
  const granted = await new GrantStore(tauHome(env)).granted(path);
  const missing = missingFrom(granted?.permissions ?? [], linesOf(asked, cwd));
  if (missing.length === 0) return asked;
  const text = [
    `Expected you to have granted what ${source} asks for; not granted is:`,
    ...missing.map((line) => `  ${line}`),
    `Look at it, then run: tau ext grant ${source} --yes`,
  ].join("\n");
  throw new TauError("denied", text, { executed: "no", phase: "resolve" });
}

/** What an extension is known by in the store: links to it lead to the same one. */
export async function pathOf(source: string, cwd: string): Promise<string> {
  const path = resolve(cwd, source);
  return realpath(path).catch(() => path);
}
