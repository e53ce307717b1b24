import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildComponent } from "tau-host";
import { WASM_TOOLS } from "../../src/wasm/wasm-tools.ts";
import { fixture } from "./workspace.ts";

/** Kept from one run to the next: the tools are large, and come from the network. */
const HOME = fileURLToPath(new URL("../../../../node_modules/.cache/tau-components", import.meta.url));

/** Where hosts find what was installed. */
export const componentCache = join(HOME, "cache");

export const WIT = createRequire(import.meta.url).resolve("tau-ext/wit/tau-ext.wit");

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

interface Tools {
  componentEmbed(options: { dummy: true; witSource: string; worldName: string }): Promise<Uint8Array>;
  print(module: Uint8Array): Promise<string>;
  parse(text: string): Promise<Uint8Array>;
  componentNew(module: Uint8Array): Promise<Uint8Array>;
}

/** A component of tau's world whose functions all trap, with its module's text edited: what no compiler would make. */
export async function forgeComponent(edit: (text: string) => string): Promise<Uint8Array> {
  const folder = `tools/@bytecodealliance-jco-transpile-${WASM_TOOLS.transpiler.version}`;
  const file = "node_modules/@bytecodealliance/jco-transpile/dist/wasm-tools.js";
  const tools = (await import(join(componentCache, folder, file))) as Tools;
  const module = await tools.componentEmbed({
    dummy: true,
    witSource: readFileSync(WIT, "utf8"),
    worldName: "extension",
  });
  return tools.componentNew(await tools.parse(edit(await tools.print(module))));
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
