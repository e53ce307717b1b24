// Ways to start something, by contestant. A starter gives the times of one start in ms, and leaves nothing running.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childPath } from "./fd3-child.mjs";

const TEXT = "x".repeat(200);
const jitiCommand = fileURLToPath(new URL("../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));

/**
 * @typedef {{ cacheDir: string }} Options
 * @typedef {{ ready: number, answer?: number }} Times since it was asked for, in ms
 * @typedef {() => Promise<Times>} StartOnce
 */

/** @type {Record<string, (options: Options) => Promise<StartOnce>>} */
export const starters = {
  bare: async () => () => startProgram(process.execPath, [childPath("print.cjs")]),

  static: async ({ cacheDir }) => {
    const program = join(cacheDir, "print");
    execFileSync("cc", ["-O2", "-static", "-o", program, childPath("print.c")]);
    return () => startProgram(program, []);
  },

  tau: (options) => startTau(options, "echo.ts", {}),
  "tau-sandbox": (options) => startTau(options, "echo.ts", { isolation: "sandbox" }),
  "tau-python": (options) => startTau(options, "echo.py", {}),
  rust: async (options) => {
    const { openRustHost } = await import("../contestants/tau-rust.mjs");
    return startOn(await openRustHost(options), "echo.rs", {});
  },

  "tau-uncached": async ({ cacheDir }) => {
    const { openHost } = await import("../contestants/tau.mjs");
    return async () => {
      const fresh = mkdtempSync(join(cacheDir, "uncached-"));
      const host = await openHost({ cacheDir: fresh });
      const times = await (await startOn(host, "echo.ts", {}))();
      await host.close();
      rmSync(fresh, { recursive: true, force: true });
      return times;
    };
  },

  mcp: async () => startPeer((await import("../contestants/mcp.mjs")).open),
  mcp2: async () => startPeer((await import("../contestants/mcp2.mjs")).open),

  jiti: async () => () => startLines([jitiCommand, childPath("ts-echo.ts")]),
  tsx: async () => () => startLines(["--import", import.meta.resolve("tsx"), childPath("ts-echo.ts")]),
};

/** @param {Options} options @param {string} file @param {import("tau-host").LoadOptions} loadOptions */
async function startTau(options, file, loadOptions) {
  const { openHost } = await import("../contestants/tau.mjs");
  return startOn(await openHost(options), file, loadOptions);
}

/**
 * @param {import("tau-host").Host} host
 * @param {string} file
 * @param {import("tau-host").LoadOptions} loadOptions
 * @returns {Promise<StartOnce>}
 */
async function startOn(host, file, loadOptions) {
  return async () => {
    const start = performance.now();
    const { id } = await host.load(childPath(file), loadOptions);
    const ready = performance.now() - start;
    await host.call("echo", { text: TEXT });
    const answer = performance.now() - start;
    await host.unload(id);
    return { ready, answer };
  };
}

/** @param {() => Promise<import("../contestants/index.mjs").Connection>} open resolves when `initialize` was answered @returns {StartOnce} */
function startPeer(open) {
  return async () => {
    const start = performance.now();
    const connection = await open();
    const ready = performance.now() - start;
    await connection.echo(TEXT);
    const answer = performance.now() - start;
    await connection.close();
    return { ready, answer };
  };
}

/** A program that says something and ends. @param {string} program @param {string[]} args */
async function startProgram(program, args) {
  const start = performance.now();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  const ready = performance.now() - start;
  await exited;
  return { ready };
}

/** A Node process that says that it is there, and answers a line of JSON with one. @param {string[]} args */
async function startLines(args) {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  const ready = performance.now() - start;
  child.stdin.write(`${JSON.stringify({ id: 1, text: TEXT })}\n`);
  await once(child.stdout, "data");
  const answer = performance.now() - start;
  child.stdin.end();
  await exited;
  return { ready, answer };
}
