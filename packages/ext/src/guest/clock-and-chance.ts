import type { GuestHost } from "./host-functions.ts";

/** The engine's clock and chance come from when its snapshot was made, and are the same in every guest: these begin now. */
export function createClockAndChance(host: Pick<GuestHost, "randomBytes">): {
  performance: object;
  random: () => number;
} {
  const engine = performance;
  const start = engine.now();
  return {
    performance: { now: () => engine.now() - start, timeOrigin: Date.now(), toJSON: () => ({}) },
    random: createRandom(new Uint32Array(host.randomBytes(16).buffer)),
  };
}

/** The generator sfc32. Not for secrets, as `Math.random` never is. Source: https://pracrand.sourceforge.net/RNG_engines.txt */
function createRandom([a = 0, b = 0, c = 0, counter = 1]: Uint32Array): () => number {
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
