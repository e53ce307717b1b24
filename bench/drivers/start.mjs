// Time from asking for a process to the first sign of life: a bare Node's first byte, a tau extension's ready, an MCP server's
// answer to initialize. Each in a driver of its own, so that all spawn from an equally small process.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { median } from "../lib/stats.mjs";

/** @typedef {{ contestant: string, cacheDir: string, starts: number }} Options */

/** A starter gives the time of one start in ms, and leaves nothing running. @type {Record<string, (options: Options) => Promise<() => Promise<number>>>} */
const starters = {
  bare: async () => async () => {
    const start = performance.now();
    const child = spawn(process.execPath, [childPath("print.cjs")], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    await once(child.stdout, "data");
    const ms = performance.now() - start;
    await exited;
    return ms;
  },

  tau: (options) => startTau(options, "process"),

  "tau-sandbox": (options) => startTau(options, "sandbox"),

  static: async ({ cacheDir }) => {
    const program = join(cacheDir, "print");
    execFileSync("cc", ["-O2", "-static", "-o", program, childPath("print.c")]);
    return async () => {
      const start = performance.now();
      const child = spawn(program, { stdio: ["ignore", "pipe", "inherit"] });
      const exited = once(child, "exit");
      await once(child.stdout, "data");
      const ms = performance.now() - start;
      await exited;
      return ms;
    };
  },

  rust: async (options) => {
    const { openRustHost } = await import("../contestants/tau-rust.mjs");
    const host = await openRustHost(options);
    return async () => {
      const start = performance.now();
      const extension = await host.load(childPath("echo.rs"));
      const ms = performance.now() - start;
      await host.unload(extension.id);
      return ms;
    };
  },

  mcp: async () => {
    const { open } = await import("../contestants/mcp.mjs");
    return async () => {
      const start = performance.now();
      const connection = await open();
      const ms = performance.now() - start;
      await connection.close();
      return ms;
    };
  },
};

/**
 * @param {Options} options
 * @param {import("tau-host").Isolation} isolation
 */
async function startTau(options, isolation) {
  const { openHost, extensionPath } = await import("../contestants/tau.mjs");
  const host = await openHost(options);
  return async () => {
    const start = performance.now();
    const extension = await host.load(extensionPath, { isolation });
    const ms = performance.now() - start;
    await host.unload(extension.id);
    return ms;
  };
}

await drive(async (/** @type {Options} */ options) => {
  const startOnce = await starters[options.contestant](options);
  const times = [];
  for (let i = -2; i < options.starts; i++) {
    const ms = await startOnce();
    if (i >= 0) times.push(ms); // the first two fill caches: the file system's, and tau's build cache
  }
  return { ms: median(times) };
});
