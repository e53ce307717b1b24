import { readFileSync } from "node:fs";
import { join } from "node:path";
import { QuickJS, type QuickJSOptions } from "quickjs-wasi";
import { BOOT_NAME, GUEST_FILE } from "../guest/names.ts";
import { capMemory } from "./cap-memory.ts";

/** Parts of the engine that are modules of their own. */
export const ENGINE_PARTS = ["encoding", "headers", "structured-clone"];

export const SNAPSHOT_NAME = "guest.snapshot";

/** The compiled engine, as the library wants it. `memoryBytes`: all that it may ever have. */
export async function loadEngine(
  folder: string,
  memoryBytes: number,
): Promise<Pick<QuickJSOptions, "wasm" | "extensions">> {
  const read = (name: string): Promise<WebAssembly.Module> =>
    WebAssembly.compile(capMemory(readFileSync(join(folder, name)), memoryBytes));
  const parts = ENGINE_PARTS.map(async (name) => ({ name, wasm: await read(`${name}.so`) }));
  return { wasm: await read("quickjs.wasm"), extensions: await Promise.all(parts) };
}

/** The engine's memory with the SDK in it, before anything runs there: to begin from it takes a tenth of the time. Made when tau is built. */
export async function makeSnapshot(folder: string, sdk: string): Promise<Uint8Array> {
  const vm = await QuickJS.create(await loadEngine(folder, Number.MAX_SAFE_INTEGER));
  const module = vm.evalCode(`(function (exports, module) { ${sdk}; return module.exports.boot; })`, GUEST_FILE);
  const [holder, exports] = [vm.newObject(), vm.newObject()];
  const boot = vm.callFunction(module, vm.undefined, exports, holder);
  vm.setProp(vm.global, BOOT_NAME, boot);
  for (const handle of [module, holder, exports, boot]) handle.dispose();
  vm.runGC();
  return QuickJS.serializeSnapshot(vm.snapshot());
}

/** A new engine, as it was when the snapshot was made. */
export async function restoreEngine(
  folder: string,
  options: Omit<QuickJSOptions, "wasm"> & { memoryLimit: number },
): Promise<QuickJS> {
  const engine = await loadEngine(folder, options.memoryLimit);
  const snapshot = QuickJS.deserializeSnapshot(readFileSync(join(folder, SNAPSHOT_NAME)));
  return QuickJS.restore(snapshot, { ...engine, ...options });
}
