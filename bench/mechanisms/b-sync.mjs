// B: a C library, called like a function.
import { openNative } from "./native.mjs";

/** @param {{ cacheDir: string, source: URL }} options */
export const open = async (options) =>
  openNative(options, (lib) => {
    const out = Buffer.alloc(4096);
    const echo = lib.func("int echo(const uint8_t *in, int length, _Out_ uint8_t *out)");
    const get = lib.func("int get_sync(int port, _Out_ uint8_t *out, int room)");
    return {
      echo: (/** @type {string} */ text) => out.utf8Slice(0, echo(Buffer.from(text), Buffer.byteLength(text), out)),
      sleep: lib.func("void sleep_sync(int ms)"),
      get: (/** @type {number} */ port) => out.utf8Slice(0, get(port, out, out.length)),
    };
  });
