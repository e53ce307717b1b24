// Puts the Rust SDK beside the host that builds with it, so that both always come from one release.
import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const source = join(here, "../../rust");
const finished = join(here, "dist/rust-sdk");
const next = join(here, "dist/rust-sdk.next");

rmSync(next, { recursive: true, force: true });
for (const part of ["Cargo.toml", "Cargo.lock", "tau-ext/Cargo.toml", "tau-ext/src", "tau-ext-macros"]) {
  // Cargo goes by times: what has not changed must not look new.
  cpSync(join(source, part), join(next, part), { recursive: true, preserveTimestamps: true });
}
// At once, so that nobody who runs meanwhile finds half of it.
rmSync(finished, { recursive: true, force: true });
renameSync(next, finished);
