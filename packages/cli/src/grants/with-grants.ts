import type { ExtensionSource, LoadOptions } from "tau-host";
import { grantedPermissions } from "./granted-permissions.ts";

export type Confinement = Pick<LoadOptions, "isolation" | "permissions" | "guest">;

/** A confined extension for which nobody said what it may reach may reach what it asks for and was granted. @throws TauError `denied` */
export async function withGrants(
  source: ExtensionSource,
  confinement: Confinement,
  env: NodeJS.ProcessEnv,
): Promise<Confinement> {
  const isConfined = confinement.isolation === "sandbox" || confinement.isolation === "wasm";
  if (!isConfined || confinement.permissions !== undefined) return confinement;
  return { ...confinement, permissions: await grantedPermissions(source, { cwd: process.cwd(), env }) };
}
