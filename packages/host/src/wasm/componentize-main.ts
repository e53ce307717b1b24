/**
 * A process that makes one component and ends: `node componentize-main.js <tool> <from> <to> [<wit>]`. With a WIT file it is made of JavaScript,
 * without one of a module that a compiler made against it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

interface Componentizer {
  default: { componentize(options: object): Promise<{ component: Uint8Array }> };
}

interface Tools {
  componentNew(module: Uint8Array): Promise<Uint8Array>;
}

const [, , tool = "", from = "", to = "", wit] = process.argv;

async function load<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(tool, file)).href)) as Module;
}

async function make(): Promise<Uint8Array> {
  if (wit === undefined) return (await load<Tools>("dist/wasm-tools.js")).componentNew(readFileSync(from));
  const { default: qjs } = await load<Componentizer>("index.js");
  // Without the system interface: there is nothing behind it here, and who imports it is refused.
  const options = { witPath: wit, jsSource: readFileSync(from, "utf8"), jsPath: from, stubWasi: true, sync: true };
  return (await qjs.componentize({ ...options, optSize: true })).component;
}

writeFileSync(to, await make());
