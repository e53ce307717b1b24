// C: the library gives futures back, and the host polls those that are pending once a millisecond: it cannot know what they wait for.
import { openNative } from "./native.mjs";

const POLL_MS = 1;

/** @param {{ cacheDir: string, source: URL }} options */
export const open = async (options) =>
  openNative(options, (lib) => {
    const out = Buffer.alloc(4096);
    const poll = lib.func("int future_poll(void *future, _Out_ uint8_t *out)");
    const drop = lib.func("void future_drop(void *future)");
    const echo = lib.func("void *future_echo(const uint8_t *in, int length)");
    const sleep = lib.func("void *future_sleep(int ms)");
    const get = lib.func("void *future_get(int port)");
    /** @type {Map<unknown, (text: string) => void>} */
    const pending = new Map();
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const ready = (/** @type {unknown} */ future) => {
      const length = poll(future, out);
      if (length < 0) return undefined;
      drop(future);
      return out.utf8Slice(0, length);
    };
    const turn = () => {
      for (const [future, resolve] of pending) {
        const text = ready(future);
        if (text === undefined) continue;
        pending.delete(future);
        resolve(text);
      }
      if (pending.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
    const settled = (/** @type {unknown} */ future) => {
      const text = ready(future);
      if (text !== undefined) return text;
      timer ??= setInterval(turn, POLL_MS);
      return new Promise((resolve) => pending.set(future, resolve));
    };
    return {
      echo: (/** @type {string} */ text) => settled(echo(Buffer.from(text), Buffer.byteLength(text))),
      sleep: (/** @type {number} */ ms) => settled(sleep(ms)),
      get: (/** @type {number} */ port) => settled(get(port)),
    };
  });
