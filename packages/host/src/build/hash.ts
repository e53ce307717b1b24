import { hash } from "node:crypto";

/** In one call: an agent that starts takes hundreds of them of short texts, where making an object for each costs more than the hash. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}
