/** What a call is carried by elsewhere. Beside `call` and `throughput`, which hold tau against its targets. */
const contestants = ["tau", "mcp", "mcp2", "jsonrpc", "ipc", "worker", "in-process"];

/** @type {import("./index.mjs").Suite} */
export const peers = {
  name: "peers",
  about: "one call of 200 bytes after the other, by other libraries and mechanisms",
  driver: "call.mjs",
  contestants,
  pinned: true,
  rounds: 5,
  full: { warmup: 4000, calls: 5000, gapMs: 0 },
  quick: { warmup: 5000, calls: 1000, gapMs: 0 },
  figures: [
    { key: "p50", unit: "µs" },
    { key: "p99", unit: "µs" },
  ],
  aims: contestants
    .filter((name) => name !== "tau")
    .map((name) => ({ name: `tau ÷ ${name}`, value: (round) => round["tau"].p50 / round[name].p50 })),
};

/** @type {import("./index.mjs").Suite} */
export const peersThroughput = {
  name: "peers-throughput",
  about: "64 calls of 200 bytes in flight, by other libraries and mechanisms",
  driver: "throughput.mjs",
  contestants,
  pinned: true,
  rounds: 3,
  full: { warmupMs: 2500, runMs: 1000, inFlight: 64 },
  quick: { warmupMs: 1000, runMs: 400, inFlight: 64 },
  figures: [
    { key: "perSecond", unit: "calls/s" },
    { key: "cpuUs", unit: "µs CPU/call" },
  ],
  aims: [
    { name: "calls/s: tau ÷ MCP 2", atLeast: 11, value: ({ tau, mcp2 }) => tau.perSecond / mcp2.perSecond },
    { name: "calls/s: tau ÷ vscode-jsonrpc", value: ({ tau, jsonrpc }) => tau.perSecond / jsonrpc.perSecond },
    { name: "calls/s: tau ÷ fork", value: ({ tau, ipc }) => tau.perSecond / ipc.perSecond },
    { name: "calls/s: tau ÷ worker", value: ({ tau, worker }) => tau.perSecond / worker.perSecond },
  ],
};
