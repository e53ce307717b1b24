/** @type {import("./index.mjs").Suite} */
export const call = {
  name: "call",
  about: "one call of 200 bytes after the other",
  driver: "call.mjs",
  contestants: ["raw", "ndjson", "tau", "mcp"],
  pinned: true,
  rounds: 7,
  full: { warmup: 5000, calls: 10_000, gapMs: 0 },
  quick: { warmup: 3000, calls: 5000, gapMs: 0 },
  figures: [
    { key: "p50", unit: "µs" },
    { key: "p99", unit: "µs" },
  ],
  aims: [
    { name: "tau ÷ raw bytes", atMost: 1.5, value: ({ tau, raw }) => tau.p50 / raw.p50 },
    { name: "tau ÷ MCP", atMost: 0.6, value: ({ tau, mcp }) => tau.p50 / mcp.p50 },
    { name: "bare NDJSON ÷ raw bytes", value: ({ ndjson, raw }) => ndjson.p50 / raw.p50 },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const sparse = {
  name: "sparse",
  about: "one call of 200 bytes every 20 ms, as an agent really calls",
  driver: "call.mjs",
  contestants: ["raw", "ndjson", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  full: { warmup: 200, calls: 100, gapMs: 20 },
  quick: { warmup: 200, calls: 50, gapMs: 20 },
  figures: [{ key: "p50", unit: "µs" }],
  aims: [
    { name: "tau ÷ MCP", atMost: 0.4, value: ({ tau, mcp }) => tau.p50 / mcp.p50 },
    { name: "tau ÷ raw bytes", value: ({ tau, raw }) => tau.p50 / raw.p50 },
  ],
};
