/** @type {import("./index.mjs").Suite} */
export const throughput = {
  name: "throughput",
  about: "64 calls of 200 bytes in flight; CPU of host, launcher and extension together",
  driver: "throughput.mjs",
  contestants: ["raw", "ndjson", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  // MCP needs two seconds until V8 has optimised it; with less it would look half as fast as it is.
  full: { warmupMs: 2500, runMs: 1500, inFlight: 64 },
  quick: { warmupMs: 2000, runMs: 700, inFlight: 64 },
  figures: [
    { key: "perSecond", unit: "calls/s" },
    { key: "cpuUs", unit: "µs CPU/call" },
  ],
  aims: [
    { name: "calls/s: tau ÷ MCP", atLeast: 6, value: ({ tau, mcp }) => tau.perSecond / mcp.perSecond },
    { name: "CPU per call: tau ÷ MCP", atMost: 0.2, value: ({ tau, mcp }) => tau.cpuUs / mcp.cpuUs },
    { name: "calls/s: bare NDJSON ÷ MCP", value: ({ ndjson, mcp }) => ndjson.perSecond / mcp.perSecond },
  ],
};
