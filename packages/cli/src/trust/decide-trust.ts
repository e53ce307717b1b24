import { realpath } from "node:fs/promises";
import { changesBetween, type Fingerprint, fingerprint } from "./fingerprint.ts";
import type { TrustStore } from "./trust-store.ts";

/** What may become of a project's own extensions. */
export type Trust =
  /** There is nothing to trust. */
  | { kind: "nothing" }
  | { kind: "trusted" }
  /** `changed`: what is not as it was when it was trusted. Absent: it never was. */
  | { kind: "untrusted"; folder: string; files: Fingerprint; changed?: string[] };

/** Whether all of a folder is as the user trusted it. */
export async function decideTrust(folder: string, store: TrustStore): Promise<Trust> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return { kind: "nothing" };
  const files = await fingerprint(real);
  if (Object.keys(files).length === 0) return { kind: "nothing" };
  const before = await store.trusted(real);
  if (before === undefined) return { kind: "untrusted", folder: real, files };
  const changed = changesBetween(before, files);
  return changed.length === 0 ? { kind: "trusted" } : { kind: "untrusted", folder: real, files, changed };
}
