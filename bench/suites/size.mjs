const MB = 1_000_000;

/** @type {import("./index.mjs").Suite} */
export const size = {
  name: "size",
  about: "results from 1 KB to 10 MB of text",
  driver: "size.mjs",
  contestants: ["ndjson", "ndjson-naive", "tau", "mcp", "mcp2"],
  quickContestants: ["tau", "mcp"],
  pinned: true,
  rounds: 3,
  full: { calls: 7, sizes: { kb1: 1000, kb64: 64_000, mb1: MB, mb10: 10 * MB } },
  quick: { calls: 2, sizes: { mb1: MB, mb10: 10 * MB } },
  figures: [
    { key: "kb1", unit: "ms", label: "1 KB" },
    { key: "kb64", unit: "ms", label: "64 KB" },
    { key: "mb1", unit: "ms", label: "1 MB" },
    { key: "mb10", unit: "ms", label: "10 MB" },
    { key: "mb1_each", unit: "ms/MB", label: "of 1 MB, each MB" },
    { key: "mb10_each", unit: "ms/MB", label: "of 10 MB, each MB" },
  ],
  aims: [
    { name: "tau: 10 MB ÷ 1 MB", atMost: 12, value: ({ tau }) => tau.mb10 / tau.mb1 },
    { name: "10 MB: tau ÷ MCP", atMost: 0.4, value: ({ tau, mcp }) => tau.mb10 / mcp.mb10 },
    { name: "1 MB: tau ÷ MCP", value: ({ tau, mcp }) => tau.mb1 / mcp.mb1 },
    { name: "10 MB: tau ÷ MCP 2", value: ({ tau, mcp2 }) => tau.mb10 / mcp2.mb10 },
    { name: "1 KB: tau ÷ MCP", value: ({ tau, mcp }) => tau.kb1 / mcp.kb1 },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const size64 = {
  name: "size-64mb",
  about: "one result of 64 MB of text; all limits on the length of a message are raised",
  driver: "size.mjs",
  contestants: ["ndjson", "ndjson-naive", "tau", "mcp", "mcp2"],
  pinned: true,
  rounds: 1,
  full: { calls: 1, maxLineBytes: 256 * 1024 * 1024, sizes: { mb64: 64 * MB } },
  figures: [
    { key: "mb64", unit: "ms", label: "64 MB" },
    { key: "mb64_each", unit: "ms/MB", label: "each MB" },
  ],
  aims: [
    { name: "tau ÷ MCP", value: ({ tau, mcp }) => tau.mb64 / mcp.mb64 },
    { name: "tau ÷ bare NDJSON", value: ({ tau, ndjson }) => tau.mb64 / ndjson.mb64 },
  ],
};
