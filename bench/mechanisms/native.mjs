// The host's side of options B, C and D: a shared library in the host's process, called with koffi.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";

const ROOM = 4096;

/**
 * @param {{ cacheDir: string, source: URL }} options
 * @param {(lib: any) => { echo: any, sleep: any, get: any, unload?: () => void }} bind the functions of one version
 */
export function openNative({ cacheDir, source }, bind) {
  const directory = mkdtempSync(join(cacheDir, "native-"));
  const path = join(directory, "native.so");
  const started = performance.now();
  const gcc = spawnSync("gcc", ["-O2", "-shared", "-fPIC", fileURLToPath(new URL("native.c", source)), "-o", path]);
  if (gcc.status !== 0) throw new Error(`gcc failed: ${gcc.error?.message ?? String(gcc.stderr)}`);
  const bytes = readFileSync(path);
  const at = bytes.indexOf("v0000000");
  const buildMs = performance.now() - started;
  /** @type {any} */
  let lib;
  /** @type {any} */
  let bound;
  const out = Buffer.alloc(ROOM);
  const load = async (/** @type {string} */ version) => {
    const file = join(directory, `${version}.so`);
    bytes.write(version, at);
    writeFileSync(file, bytes);
    bound?.unload?.();
    lib?.unload();
    lib = koffi.load(file);
    bound = { ...bind(lib), version: lib.func("int version(_Out_ uint8_t *out)") };
    rmSync(file); // stays mapped
  };
  void load("v0000000");
  return {
    buildMs,
    load,
    echo: async (/** @type {string} */ text) => bound.echo(text),
    sleep: async (/** @type {number} */ ms) => bound.sleep(ms),
    get: async (/** @type {number} */ port) => bound.get(port),
    version: async () => out.latin1Slice(0, bound.version(out)),
    leave: async () => lib.func("void leave()")(),
    crash: async () => lib.func("void crash()")(),
    spin: async () => lib.func("void spin()")(),
    close: async () => undefined,
  };
}
