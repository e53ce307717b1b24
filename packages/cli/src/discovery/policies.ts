import { join } from "node:path";
import type { Policy } from "tau-host";
import { tauHome } from "./places.ts";
import { readSettings, type Settings } from "./settings.ts";

/**
 * What no extension gets: by the user's settings, also where nothing else of them is used, and by others that are. None of them can allow
 * what another one forbids.
 */
export async function readPolicies(env: NodeJS.ProcessEnv, others: readonly Settings[]): Promise<Policy[]> {
  const path = join(tauHome(env), "settings.json");
  const { policy } = await readSettings(path);
  const own = policy === undefined ? [] : [{ ...policy, from: path }];
  return [...own, ...others.flatMap((settings) => settings.policy ?? [])];
}
