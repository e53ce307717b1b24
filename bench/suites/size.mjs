/** @type {import("./index.mjs").Suite} */
export const size = {
  name: "size",
  about: "results of 1 MB and 10 MB of text",
  driver: "size.mjs",
  contestants: ["ndjson", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  full: { calls: 7 },
  quick: { calls: 4 },
  figures: [
    { key: "mb1", unit: "ms", label: "1 MB" },
    { key: "mb10", unit: "ms", label: "10 MB" },
  ],
  aims: [
    { name: "tau: 10 MB ÷ 1 MB", atMost: 13, value: ({ tau }) => tau.mb10 / tau.mb1 },
    { name: "10 MB: tau ÷ MCP", atMost: 0.5, value: ({ tau, mcp }) => tau.mb10 / mcp.mb10 },
    { name: "1 MB: tau ÷ MCP", value: ({ tau, mcp }) => tau.mb1 / mcp.mb1 },
  ],
};
