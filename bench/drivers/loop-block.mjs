// How long the event loop of a host that holds 1 GB stands still when an extension starts; beside it, in the same
// process, the same for nothing at all and for a plain child_process.spawn, which copies the page tables of that gigabyte.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { longestBlock } from "../lib/block-sampler.mjs";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { median } from "../lib/stats.mjs";

const PIECE = 64 * 1024 * 1024;

/** Buffers whose every page is really there. @param {number} bytes */
function resident(bytes) {
  return Array.from({ length: bytes / PIECE }, () => Buffer.alloc(PIECE, 1));
}

async function spawnBare() {
  const child = spawn(process.execPath, [childPath("print.cjs")], { stdio: ["ignore", "ignore", "inherit"] });
  await once(child, "exit");
}

/** @param {() => Promise<unknown>} work @param {number} times @param {() => Promise<unknown>} [after] */
async function blocksOf(work, times, after) {
  const blocks = [];
  const walls = [];
  for (let i = 0; i < times; i++) {
    const { block, wall } = await longestBlock(work);
    blocks.push(block);
    walls.push(wall);
    await after?.();
  }
  return { block: median(blocks), wall: median(walls), worst: Math.max(...blocks) };
}

await drive(async (/** @type {{ contestant: string, cacheDir: string, bytes: number, times: number }} */ options) => {
  const tau = options.contestant === "tau" ? await import("../contestants/tau.mjs") : undefined;
  const cacheDir = mkdtempSync(join(options.cacheDir, "cold-")); // so that the first load builds
  const host = await tau?.openHost({ cacheDir });
  const ballast = resident(options.bytes);
  /** @type {Record<string, number>} */
  const figures = {};

  await longestBlock(() => sleep(500)); // until V8 has optimised the sampler; that too stops the loop, for up to 9 ms
  const nothing = await blocksOf(() => sleep(50), options.times);
  figures.idle = nothing.block;

  if (tau !== undefined && host !== undefined) {
    let id = "";
    const load = async () => {
      id = (await host.load(tau.extensionPath)).id;
    };
    const unload = () => host.unload(id);
    const first = await blocksOf(load, 1, unload);
    const later = await blocksOf(load, options.times, unload);
    Object.assign(figures, { first: first.block, load: later.block, loadWall: later.wall, loadWorst: later.worst });
    await host.close();
  }

  const spawned = await blocksOf(spawnBare, options.times);
  Object.assign(figures, { spawn: spawned.block, spawnWall: spawned.wall });
  if (ballast.length === 0) throw new Error("the host was to hold memory");
  return figures;
});
