// Time from a save to the first answer of the new code. Every contestant notices the save by itself.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectReloading } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { mainSource, partSource } from "../lib/reload-source.mjs";
import { quantile } from "../lib/stats.mjs";

/** Nobody takes that long; a save that nobody noticed does. */
const LIMIT_MS = 10_000;

/** As `writeFile` does, and as careful editors do. */
const saves = [
  (/** @type {string} */ path, /** @type {string} */ text) => writeFileSync(path, text),
  (/** @type {string} */ path, /** @type {string} */ text) => {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  },
];

await drive(
  async (
    /** @type {{ contestant: string, cacheDir: string, files: number, warmup: number, saves: number, gapMs: number }} */ options,
  ) => {
    const directory = mkdtempSync(join(tmpdir(), "tau-bench-reload-"));
    const entry = join(directory, "main.ts");
    for (let part = 1; part < options.files; part++) {
      writeFileSync(join(directory, `part${part}.ts`), partSource(part, options.files));
    }
    writeFileSync(entry, mainSource("v0", options.files));
    const connection = await connectReloading({ ...options, directory, entry });
    const times = [];
    for (let i = 1 - options.warmup; i <= options.saves; i++) {
      await sleep(options.gapMs); // until spares are ready and old versions gone
      const version = `v${i + options.warmup}`;
      const answered = connection.answered(version);
      const text = mainSource(version, options.files);
      const start = performance.now();
      saves[i & 1](entry, text);
      await Promise.race([
        answered,
        sleep(LIMIT_MS).then(() => Promise.reject(new Error(`${version} never answered`))),
      ]);
      if (i > 0) times.push(performance.now() - start);
    }
    await connection.close();
    rmSync(directory, { recursive: true, force: true });
    return { p50: quantile(times, 0.5), p90: quantile(times, 0.9) };
  },
);
