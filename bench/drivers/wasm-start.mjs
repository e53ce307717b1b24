import { componentCache, makeComponent } from "../contestants/tau-component.mjs";
// Time until an extension is ready, as a process, as a guest and as a component; and until a component that is reloaded serves.
import { extensionPath, openHost } from "../contestants/tau.mjs";
import { drive } from "../lib/drive.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: string, cacheDir: string, starts: number }} Options */

/** @param {Options} options @returns {Promise<() => Promise<number>>} */
async function starter(options) {
  const { contestant } = options;
  const isComponent = contestant.startsWith("component");
  const host = await openHost(isComponent ? { cacheDir: componentCache } : options);
  const source = isComponent ? await makeComponent(options) : extensionPath;
  const isolation = contestant === "process" ? "process" : "wasm";
  const timed = async (/** @type {() => Promise<unknown>} */ work) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  if (contestant === "component-reload") {
    const { id } = await host.load(source);
    return () => timed(() => host.reload(id));
  }
  return async () => {
    const ms = await timed(() => host.load(source, { id: "measured", isolation }));
    await host.unload("measured");
    return ms;
  };
}

await drive(async (/** @type {Options} */ options) => {
  const startOnce = await starter(options);
  const times = [];
  for (let i = -2; i < options.starts; i++) {
    const ms = await startOnce();
    if (i >= 0) times.push(ms); // the first two fill caches
  }
  return { ms: median(times) };
});
