/** @type {import("./index.mjs").Suite} */
export const throughput = {
  name: "throughput",
  about: "64 calls of 200 bytes in flight; CPU of host, launcher and extension together",
  driver: "throughput.mjs",
  contestants: [
    "raw",
    "ndjson",
    "ndjson-naive",
    "tau",
    "mcp",
    "mcp2",
    "jsonrpc",
    "ipc",
    "worker",
    "tau-python",
    "tau-rust",
  ],
  quickContestants: ["tau", "mcp", "mcp2"],
  pinned: true,
  rounds: 3,
  // MCP needs two seconds until V8 has optimised it; with less it would look half as fast as it is.
  full: { warmupMs: 2500, runMs: 1500, inFlight: 64 },
  quick: { warmupMs: 1000, runMs: 400, inFlight: 64 },
  figures: [
    { key: "perSecond", unit: "calls/s" },
    { key: "cpuUs", unit: "µs CPU/call" },
  ],
  aims: [
    { name: "calls/s: tau ÷ MCP", atLeast: 7, value: ({ tau, mcp }) => tau.perSecond / mcp.perSecond },
    { name: "calls/s: tau ÷ MCP 2", atLeast: 11, value: ({ tau, mcp2 }) => tau.perSecond / mcp2.perSecond },
    { name: "CPU per call: tau ÷ MCP", atMost: 0.17, value: ({ tau, mcp }) => tau.cpuUs / mcp.cpuUs },
    { name: "calls/s: tau ÷ bare NDJSON", value: ({ tau, ndjson }) => tau.perSecond / ndjson.perSecond },
    { name: "calls/s: tau ÷ vscode-jsonrpc", value: ({ tau, jsonrpc }) => tau.perSecond / jsonrpc.perSecond },
    { name: "calls/s: tau ÷ fork", value: ({ tau, ipc }) => tau.perSecond / ipc.perSecond },
    { name: "calls/s: Rust ÷ TypeScript", value: (round) => round["tau-rust"].perSecond / round["tau"].perSecond },
    { name: "calls/s: tau ÷ worker", value: ({ tau, worker }) => tau.perSecond / worker.perSecond },
  ],
};
