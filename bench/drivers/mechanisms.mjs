// One mechanism: what a call costs, and what waiting costs the host.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { longestBlock } from "../lib/block-sampler.mjs";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { quantile } from "../lib/stats.mjs";
import { openMechanism } from "../mechanisms/index.mjs";

const WAIT_MS = 50;

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** @param {Record<string, (...args: unknown[]) => Promise<string>>} mechanism @param {number} calls */
async function work(mechanism, calls) {
  const text = "x".repeat(200);
  const times = [];
  for (let i = -calls / 2; i < calls; i++) {
    const start = performance.now();
    const answer = await mechanism.echo(text);
    if (i >= 0) times.push((performance.now() - start) * 1000);
    if (answer !== text) throw new Error(`the echo gave ${answer}`);
  }
  const server = spawn(process.execPath, [childPath("late-server.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(String((await once(server.stdout, "data"))[0]));
  if (!(await mechanism.get(port)).endsWith("late")) throw new Error("the page is not the server's");
  const page = await longestBlock(() => mechanism.get(port));
  const wait = await longestBlock(() => mechanism.sleep(WAIT_MS));
  const sleepMs = await timed(() => mechanism.sleep(WAIT_MS));
  const pageMs = await timed(() => mechanism.get(port));
  const ten = await timed(() => Promise.all(Array.from({ length: 10 }, () => mechanism.sleep(WAIT_MS))));
  const before = process.cpuUsage();
  await mechanism.sleep(500);
  const used = process.cpuUsage(before);
  server.kill();
  return {
    p50: quantile(times, 0.5),
    buildMs: mechanism.buildMs,
    waitBlock: wait.block,
    pageBlock: page.block,
    sleepMs,
    pageMs,
    ten,
    waitCpu: (used.user + used.system) / 1000 / 0.5,
  };
}

await drive(async (/** @type {{ contestant: string, cacheDir: string, calls: number }} */ { calls, ...options }) => {
  const mechanism = await openMechanism(options);
  const figures = await work(mechanism, calls);
  await mechanism.close();
  return figures;
});
