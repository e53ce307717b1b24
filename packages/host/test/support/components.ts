import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildComponent } from "tau-host";
import { fixture } from "./workspace.ts";

/** Kept from one run to the next: the tools are large, and come from the network. */
const HOME = fileURLToPath(new URL("../../../../node_modules/.cache/tau-components", import.meta.url));

/** Where hosts find what was installed. */
export const componentCache = join(HOME, "cache");

/** The component of the tests in one language, or why there is none here. */
export type Built = { language: string; path: string } | { language: string; missing: string };

/** Asks the network once, where the tools are not there yet. */
export async function buildComponents(): Promise<Built[]> {
  mkdirSync(HOME, { recursive: true });
  const missingTarget = whatRustLacks();
  const rust =
    missingTarget === undefined
      ? await make("Rust", fixture("component"))
      : { language: "Rust", missing: missingTarget };
  return [await make("TypeScript", fixture("component.ts")), rust];
}

async function make(language: string, source: string): Promise<Built> {
  const out = join(HOME, `${language}-${process.pid}.wasm`);
  const environment = { ...process.env, TAU_HOME: HOME };
  try {
    return { language, path: await buildComponent({ source, out, environment }) };
  } catch (error) {
    const { message } = error as Error;
    // Without the network there is nothing to test. Anything else is a failure.
    if (!/npm failed|Could not resolve host|failed to (?:get|download|fetch)/.test(message)) throw error;
    return { language, missing: message };
  }
}

function whatRustLacks(): string | undefined {
  try {
    const args = ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"];
    const folder = execFileSync("rustc", args, { encoding: "utf8" }).trim();
    return existsSync(folder) ? undefined : "run: rustup target add wasm32-unknown-unknown";
  } catch {
    return "there is no Rust";
  }
}
