import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const WORKSPACE = fileURLToPath(new URL("../../rust/", import.meta.url));

/** Why nothing can be tested here, or `undefined`. */
export const missingRust: string | undefined = findMissing();

function findMissing(): string | undefined {
  const { stdout } = spawnSync("cargo", ["--version"], { encoding: "utf8" });
  const [, minor = "0"] = /^cargo 1\.(\d+)/.exec(stdout ?? "") ?? [];
  return Number(minor) >= 85 ? undefined : "Skipped: there is no Cargo 1.85 or newer in PATH (https://rustup.rs).";
}

/** Builds a program of the crate's examples. Answers its path. */
export function buildExample(name: string): string {
  const args = ["build", "--quiet", "--locked", "--example", name];
  const { status, stderr } = spawnSync("cargo", args, { cwd: WORKSPACE, encoding: "utf8" });
  if (status !== 0) throw new Error(`cargo failed:\n${stderr}`);
  return `${process.env["CARGO_TARGET_DIR"] ?? `${WORKSPACE}target`}/debug/examples/${name}`;
}
