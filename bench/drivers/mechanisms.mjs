// One mechanism: what a call costs, what waiting costs the host, and what comes of reloading it many times.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
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
    ten,
    waitCpu: (used.user + used.system) / 1000 / 0.5,
  };
}

/** Memory is what the kernel gave the host, whoever holds it. */
function held() {
  globalThis.gc?.();
  const kb = Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))[1]);
  const maps = readFileSync("/proc/self/maps", "latin1").split("\n").length;
  return { kb, maps, fds: readdirSync("/proc/self/fd").length };
}

/** @param {Record<string, (...args: unknown[]) => Promise<string>>} mechanism @param {number} reloads */
async function reload(mechanism, reloads) {
  const versions = Array.from({ length: reloads + 10 }, (_, i) => `v${String(i + 1).padStart(7, "0")}`);
  for (const version of versions.splice(0, 10)) await mechanism.load(version);
  await sleep(300);
  const before = held();
  const times = [];
  for (const version of versions) {
    times.push(await timed(() => mechanism.load(version)));
    const now = await mechanism.version();
    if (now !== version) throw new Error(`after loading ${version}, ${now} answers`);
  }
  await sleep(1500); // old versions are given time to end
  const after = held();
  return {
    reloadMs: quantile(times, 0.5),
    reloadLastMs: quantile(times.slice(-reloads / 10), 0.5),
    kbEach: (after.kb - before.kb) / reloads,
    fds: after.fds - before.fds,
    maps: after.maps - before.maps,
  };
}

await drive(
  async (
    /** @type {{ contestant: string, cacheDir: string, calls: number, reloads: number }} */ {
      calls,
      reloads,
      ...options
    },
  ) => {
    const mechanism = await openMechanism(options);
    const figures = calls > 0 ? await work(mechanism, calls) : await reload(mechanism, reloads);
    await mechanism.close();
    return figures;
  },
);
