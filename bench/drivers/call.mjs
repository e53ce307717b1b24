// Time of one call of 200 bytes: back to back (gapMs 0), or with a pause before each, as an agent really calls.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { quantile } from "../lib/stats.mjs";

const TEXT = "x".repeat(200);

await drive(
  async (
    /** @type {{ contestant: string, cacheDir: string, warmup: number, calls: number, gapMs: number }} */ options,
  ) => {
    const connection = await connect(options);
    const answer = await connection.echo(TEXT);
    if (answer !== undefined && answer !== TEXT) throw new Error(`${options.contestant} did not give the text back`);

    for (let i = 0; i < options.warmup; i++) await connection.echo(TEXT);

    const times = [];
    for (let i = 0; i < options.calls; i++) {
      if (options.gapMs > 0) await sleep(options.gapMs);
      const start = performance.now();
      await connection.echo(TEXT);
      times.push((performance.now() - start) * 1000);
    }
    await connection.close();
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  },
);
