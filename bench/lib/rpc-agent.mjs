// `tau --mode rpc`, with nothing but what is in its home.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../packages/cli/dist/bin.js", import.meta.url));
const request = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getState" })}\n`;

/**
 * Resolves when the agent has told which tools it has: it answers when all extensions are loaded.
 * @param {string} home in the place of ~/.tau
 * @returns {Promise<{ pid: number, tools: string[], end: () => Promise<void> }>}
 */
export async function startAgent(home) {
  const cwd = join(home, "empty");
  mkdirSync(cwd, { recursive: true });
  const agent = spawn(process.execPath, [command, "--mode", "rpc"], {
    cwd,
    env: { ...process.env, TAU_HOME: home },
    stdio: ["pipe", "pipe", "inherit"],
  });
  agent.stdin.write(request);
  const tools = await new Promise((resolve, reject) => {
    createInterface({ input: agent.stdout }).on("line", (line) => {
      const { id, result, error } = JSON.parse(line);
      if (id !== 1) return;
      if (error === undefined) resolve(result.tools);
      else reject(new Error(error.message));
    });
    agent.once("exit", (code) => reject(new Error(`The agent ended with ${code}.`)));
  });
  const end = async () => {
    const exited = once(agent, "exit");
    agent.stdin.end();
    await exited;
  };
  return { pid: agent.pid ?? 0, tools, end };
}
