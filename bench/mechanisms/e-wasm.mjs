// E: a WebAssembly module in the host's thread. It sees its own memory and the two functions it is given.
import { readFileSync } from "node:fs";
import wabt from "wabt";

/** @param {{ source: URL }} options */
export async function open({ source }) {
  const tools = await wabt();
  const started = performance.now();
  const parsed = tools.parseWat("tool.wat", readFileSync(new URL("tool.wat", source), "utf8"));
  const bytes = Buffer.from(parsed.toBinary({}).buffer);
  const at = bytes.indexOf("v0000000");
  /** @type {any} */
  let wasm;
  let memory = Buffer.alloc(0);
  let last = 0;
  /** @type {Map<number, (text: string) => void>} */
  const tasks = new Map();

  /** All that a version waits for is the host's, which can take it back. @type {Set<NodeJS.Timeout>} */
  const timers = new Set();

  const lower = (/** @type {string} */ text) => {
    const length = Buffer.byteLength(text);
    const to = wasm.cabi_realloc(0, 0, 1, length);
    memory.write(text, to);
    return [to, length];
  };
  const lift = (/** @type {number} */ area) => {
    const from = memory.readUInt32LE(area);
    const text = memory.utf8Slice(from, from + memory.readUInt32LE(area + 4));
    wasm.cabi_post(area);
    return text;
  };
  const done = (/** @type {number} */ task, /** @type {string} */ text) => {
    if (!tasks.has(task)) return;
    tasks.get(task)?.(lift(wasm.callback(task, ...lower(text))));
    tasks.delete(task);
  };
  const host = {
    sleep: (/** @type {number} */ task, /** @type {number} */ ms) => void timers.add(setTimeout(done, ms, task, "")),
    get: (/** @type {number} */ task, /** @type {number} */ port) =>
      void fetch(`http://127.0.0.1:${port}/`).then(async (response) => done(task, await response.text())),
  };
  const load = async (/** @type {string} */ version) => {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    bytes.write(version, at);
    const { instance } = await WebAssembly.instantiate(bytes, { host });
    wasm = instance.exports;
    memory = Buffer.from(wasm.memory.buffer);
  };
  const start = (/** @type {string} */ name, /** @type {number} */ argument) =>
    new Promise((resolve) => {
      last += 1;
      tasks.set(last, resolve);
      wasm[name](last, argument);
    });
  await load("v0000000");
  return {
    buildMs: performance.now() - started,
    load,
    echo: async (/** @type {string} */ text) => lift(wasm.echo(...lower(text))),
    sleep: (/** @type {number} */ ms) => start("sleep", ms),
    get: (/** @type {number} */ port) => start("get", port),
    version: async () => lift(wasm.version()),
    leave: async () => void start("sleep", 60_000),
    crash: async () => wasm.crash(),
    spin: async () => wasm.spin(),
    close: async () => undefined,
  };
}
