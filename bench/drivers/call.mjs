// Time of one call with a short text: back to back (gapMs 0), or with a pause before each, as an agent really calls.
import { setTimeout as sleep } from "node:timers/promises";
import { connect, measuresItself } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { quantile } from "../lib/stats.mjs";

/** @typedef {{ contestant: string, cacheDir: string, bytes: number, warmup: number, calls: number, gapMs: number }} Options */

await drive(async (/** @type {Options} */ options) => {
  const own = await measuresItself(options);
  if (own !== undefined) return own;

  const sent = "x".repeat(options.bytes);
  const connection = await connect(options);
  const answer = await connection.echo(sent);
  if (answer !== undefined && answer !== sent) throw new Error(`${options.contestant} did not give the text back`);

  for (let i = 0; i < options.warmup; i++) await connection.echo(sent);

  const times = [];
  for (let i = 0; i < options.calls; i++) {
    if (options.gapMs > 0) await sleep(options.gapMs);
    const start = performance.now();
    await connection.echo(sent);
    times.push((performance.now() - start) * 1000);
  }
  await connection.close();
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
});
