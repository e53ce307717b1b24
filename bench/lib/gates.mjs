// Ways to ask gates about a tool call: each gives a function that asks all of them and says what they decided.
import { spawn } from "node:child_process";
import { openHost } from "../contestants/tau.mjs";
import { childPath } from "./fd3-child.mjs";

/**
 * @typedef {{ callId: string, tool: string, input: Record<string, unknown>, caller: "model" }} Call
 * @typedef {{ decide: (call: Call) => Promise<string>, close: () => Promise<unknown> }} Gates `decide` gives "continue" or "block"
 */

/** @param {{ cacheDir: string, count: number, thinkingMs: number }} options @returns {Promise<Gates>} */
export async function extensionGates({ cacheDir, count, thinkingMs }) {
  const host = await openHost({ cacheDir });
  await Promise.all(Array.from({ length: count }, () => host.load(childPath("gate.ts"), { config: { thinkingMs } })));
  return {
    decide: async (call) => (await host.decide("tool_call", call)).action,
    close: () => host.close(),
  };
}

/** Each decision is a process that reads the call on stdin; all gates at once. @param {{ command: string[], count: number }} options @returns {Gates} */
export function processGates({ command: [program, ...args], count }) {
  const ask = (/** @type {Call} */ call) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
      let said = "";
      child.stdout.on("data", (chunk) => (said += chunk));
      child.on("error", reject).on("close", () => resolve(said.trim()));
      child.stdin.end(`${JSON.stringify(call)}\n`);
    });
  return { decide: (call) => everyGate(Array.from({ length: count }, () => ask(call))), close: async () => undefined };
}

/** @param {number} count @returns {Gates} */
export function insideGates(count) {
  const gates = Array.from(
    { length: count },
    () =>
      async (/** @type {Call} */ { tool }) =>
        tool === "forbidden" ? "block" : "continue",
  );
  return { decide: (call) => everyGate(gates.map((gate) => gate(call))), close: async () => undefined };
}

/** @param {Promise<string>[]} answers */
async function everyGate(answers) {
  return (await Promise.all(answers)).every((answer) => answer === "continue") ? "continue" : "block";
}
