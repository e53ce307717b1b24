import { languages, peers, ratioOf } from "./peers.mjs";

const contestants = [...peers, ...languages];
const figures = [
  { key: "perSecond", unit: "calls/s" },
  { key: "cpuUs", unit: "µs CPU/call" },
];
const perSecond = ratioOf("perSecond");
const cpu = ratioOf("cpuUs");

/** @type {import("./index.mjs").Suite} */
export const throughput = {
  name: "throughput",
  about: "64 calls of 200 bytes in flight; CPU of host, launcher and extension together",
  driver: "throughput.mjs",
  contestants,
  quickContestants: ["tau", "mcp", "mcp2"],
  pinned: true,
  rounds: 3,
  // MCP needs two seconds until V8 has optimised it; with less it would look half as fast as it is.
  full: { bytes: 200, warmupMs: 2500, runMs: 1500, inFlight: 64 },
  quick: { bytes: 200, warmupMs: 1000, runMs: 400, inFlight: 64 },
  figures,
  aims: [
    { name: "calls/s: tau ÷ MCP", atLeast: 7, value: perSecond("tau", "mcp") },
    { name: "calls/s: tau ÷ MCP 2", atLeast: 11, value: perSecond("tau", "mcp2") },
    { name: "CPU per call: tau ÷ MCP", atMost: 0.17, value: cpu("tau", "mcp") },
    { name: "calls/s: tau ÷ bare NDJSON", value: perSecond("tau", "ndjson") },
    { name: "calls/s: tau ÷ vscode-jsonrpc", value: perSecond("tau", "jsonrpc") },
    { name: "calls/s: tau ÷ fork", value: perSecond("tau", "ipc") },
    { name: "calls/s: Rust ÷ TypeScript", value: perSecond("tau-rust", "tau") },
    { name: "calls/s: tau ÷ worker", value: perSecond("tau", "worker") },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const throughput4k = {
  name: "throughput-4k",
  about: "64 calls of 4 KB in flight; CPU of host, launcher and extension together",
  driver: "throughput.mjs",
  contestants,
  pinned: true,
  rounds: 3,
  full: { bytes: 4096, warmupMs: 2500, runMs: 1500, inFlight: 64 },
  figures,
  aims: [
    { name: "calls/s: tau ÷ MCP", value: perSecond("tau", "mcp") },
    { name: "calls/s: tau ÷ MCP 2", value: perSecond("tau", "mcp2") },
    { name: "CPU per call: tau ÷ MCP", value: cpu("tau", "mcp") },
    { name: "calls/s: tau ÷ bare NDJSON", value: perSecond("tau", "ndjson") },
    { name: "calls/s: Rust ÷ TypeScript", value: perSecond("tau-rust", "tau") },
  ],
};
