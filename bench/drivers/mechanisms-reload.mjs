// A mechanism that is given a new version many times: how long that takes, and what is left of the old ones in the host.
import { setTimeout as sleep } from "node:timers/promises";
import { drive } from "../lib/drive.mjs";
import { held } from "../lib/held.mjs";
import { quantile } from "../lib/stats.mjs";
import { openMechanism } from "../mechanisms/index.mjs";

/** Of these nothing is measured: V8 optimises, pools fill. */
const WARMUP = 20;

await drive(
  async (/** @type {{ contestant: string, cacheDir: string, reloads: number }} */ { reloads, ...options }) => {
    const mechanism = await openMechanism(options);
    const versions = Array.from({ length: reloads + WARMUP }, (_, i) => `v${String(i + 1).padStart(7, "0")}`);
    const reload = async (/** @type {string} */ version) => {
      const start = performance.now();
      await mechanism.load(version);
      const ms = performance.now() - start;
      const now = await mechanism.version();
      if (now !== version) throw new Error(`after loading ${version}, ${now} answers`);
      return ms;
    };
    for (const version of versions.splice(0, WARMUP)) await reload(version);
    await sleep(1500); // old versions are given time to end
    const before = held();
    const times = [];
    for (const version of versions) times.push(await reload(version));
    await sleep(1500);
    const after = held();
    await mechanism.close();
    return {
      reloadMs: quantile(times, 0.5),
      lastMs: quantile(times.slice(-reloads / 10), 0.5),
      kbEach: (after.kb - before.kb) / reloads,
      fds: after.fds - before.fds,
      maps: after.maps - before.maps,
      threads: after.threads - before.threads,
      processes: after.processes - before.processes,
    };
  },
);
