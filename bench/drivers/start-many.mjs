// Time from asking for so many extensions, all at once and eagerly, until all of them are ready. They were built before.
import { join } from "node:path";
import { createHost } from "tau-host";
import { drive } from "../lib/drive.mjs";
import { COUNTS, writeSources } from "../lib/many-sources.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: keyof typeof COUNTS, cacheDir: string, starts: number }} Options */

await drive(async (/** @type {Options} */ { contestant, cacheDir, starts }) => {
  const sources = writeSources(join(cacheDir, "many"), COUNTS[contestant]);
  const host = await createHost({ cacheDir: join(cacheDir, "many-cache"), stateDir: join(cacheDir, "many-state") });
  const times = [];
  for (let i = -1; i < starts; i++) {
    const start = performance.now();
    const extensions = await Promise.all(sources.map((source) => host.load(source)));
    const ms = performance.now() - start;
    await Promise.all(extensions.map(({ id }) => host.unload(id)));
    if (i >= 0) times.push(ms); // the first builds
  }
  await host.close();
  const ms = median(times);
  return { ms, each: ms / COUNTS[contestant] };
});
