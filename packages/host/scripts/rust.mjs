// Puts the Rust SDK beside the host that builds with it, so that both always come from one release.
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
// What a program was built with, for the host to know one that was not. Times of files would not say: an edit leaves other files' alone.
const digest = createHash("sha256");
const files = readdirSync(next, { recursive: true }).filter((name) => statSync(join(next, name)).isFile());
for (const name of files.toSorted((a, b) => (a < b ? -1 : 1)))
  digest.update(`${name}\0`).update(readFileSync(join(next, name)));
writeFileSync(join(next, "digest"), digest.digest("hex"));
// At once, so that nobody who runs meanwhile finds half of it.
rmSync(finished, { recursive: true, force: true });
renameSync(next, finished);
