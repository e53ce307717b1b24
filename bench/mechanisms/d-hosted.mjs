// D: as C, but the library asks the host to sleep and to fetch, and is called when that is done. Nothing is polled; nothing else is there.
import koffi from "koffi";
import { openNative } from "./native.mjs";

const Provided = koffi.proto("void Provided(int task, int argument)");

/** @param {{ cacheDir: string, source: URL }} options */
export const open = async (options) =>
  openNative(options, (lib) => {
    const out = Buffer.alloc(4096);
    const echo = lib.func("int echo(const uint8_t *in, int length, _Out_ uint8_t *out)");
    const complete = lib.func("int hosted_complete(int task, const uint8_t *in, int length, _Out_ uint8_t *out)");
    const sleep = lib.func("void hosted_sleep(int task, int ms)");
    const get = lib.func("void hosted_get(int task, int port)");
    /** @type {Map<number, (text: string) => void>} */
    const tasks = new Map();
    let last = 0;
    const done = (/** @type {number} */ task, /** @type {string} */ text) => {
      const bytes = Buffer.from(text);
      tasks.get(task)?.(out.utf8Slice(0, complete(task, bytes, bytes.length, out)));
      tasks.delete(task);
    };
    const hostSleep = koffi.register(
      (/** @type {number} */ task, /** @type {number} */ ms) => void setTimeout(done, ms, task, ""),
      koffi.pointer(Provided),
    );
    const hostGet = koffi.register((/** @type {number} */ task, /** @type {number} */ port) => {
      void fetch(`http://127.0.0.1:${port}/`).then(async (response) => done(task, await response.text()));
    }, koffi.pointer(Provided));
    lib.func("void hosted_init(Provided *sleep, Provided *get)")(hostSleep, hostGet);
    const start = (/** @type {any} */ run, /** @type {number} */ argument) =>
      new Promise((resolve) => {
        last += 1;
        tasks.set(last, resolve);
        run(last, argument);
      });
    return {
      echo: (/** @type {string} */ text) => out.utf8Slice(0, echo(Buffer.from(text), Buffer.byteLength(text), out)),
      sleep: (/** @type {number} */ ms) => start(sleep, ms),
      get: (/** @type {number} */ port) => start(get, port),
      unload: () => {
        koffi.unregister(hostSleep);
        koffi.unregister(hostGet);
      },
    };
  });
