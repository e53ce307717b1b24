// The runner: a small file that is started, and beside it the code and what V8 made of it (src/runner-start.ts says why).
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const COMPILER = fileURLToPath(new URL("compile-runner.mjs", import.meta.url));

/** An extension, and what it is asked: the functions that this takes are kept compiled. */
const EXTENSION = `module.exports = (api) => {
  api.registerTool({ name: "tool", description: "", parameters: { type: "object" }, execute: () => ({ content: [] }) });
};`;
const REQUESTS = [
  { method: "hello", params: { protocol: { min: 1, max: 1 }, extension: { id: "tool", generation: 1 }, cwd: "/" } },
  { method: "ping", params: {} },
  { method: "tool/execute", params: { tool: "tool", arguments: {} } },
  { method: "shutdown", params: { reason: "close" } },
];

/** @param {import("esbuild").BuildOptions} shared @param {string} dist */
export async function makeRunner(shared, dist) {
  const folder = join(dist, "runner");
  mkdirSync(folder);
  const { outputFiles } = await build({
    ...shared,
    write: false,
    format: "cjs",
    entryPoints: ["build/runner.js"],
    banner: { js: "(function (require, __filename, importModule) {" },
    footer: { js: "})" },
  });
  const [{ text }] = outputFiles;
  const name = `${createHash("sha256").update(text).digest("hex").slice(0, 32)}.js`;
  const code = join(folder, name);
  writeFileSync(code, text);
  await keepCompiled(code);
  await build({
    ...shared,
    format: "cjs",
    entryPoints: ["build/runner-start.js"],
    outfile: join(dist, "runner.cjs"),
    define: { RUNNER_CODE: JSON.stringify(`runner/${name}`) },
  });
}

/** In an environment without options for Node: those that V8 gets count for what it takes back. @param {string} code */
async function keepCompiled(code) {
  const bundle = `${code}.bundle.cjs`;
  writeFileSync(bundle, EXTENSION);
  const child = spawn(process.execPath, [COMPILER, bundle, "tool", "0.0.0", code], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    env: { PATH: process.env.PATH, TAU_CHANNEL: "fd:3" },
    timeout: 30_000,
  });
  const exited = once(child, "exit");
  const channel = child.stdio[3];
  const lines = createInterface({ input: channel })[Symbol.asyncIterator]();
  for (const [index, request] of REQUESTS.entries()) {
    channel.write(`${JSON.stringify({ jsonrpc: "2.0", id: index + 1, ...request })}\n`);
    const { value: answer } = await lines.next();
    if (JSON.parse(answer ?? "{}").result === undefined)
      throw new Error(`Expected the runner to answer ${request.method}, got ${answer}.`);
  }
  channel.end();
  const [exitCode] = await exited;
  if (exitCode !== 0) throw new Error(`Compiling the runner ended with ${exitCode}.`);
  rmSync(bundle);
}
