/** @type {import("./index.mjs").Suite} */
export const memory = {
  name: "memory",
  about: "private memory of an idle extension process",
  driver: "memory.mjs",
  contestants: ["bare", "tau", "mcp"],
  pinned: true,
  rounds: 3,
  full: { settleMs: 1000 },
  quick: { settleMs: 500 },
  figures: [{ key: "mb", unit: "MB" }],
  aims: [
    { name: "tau ÷ bare Node", atMost: 1.25, value: ({ tau, bare }) => tau.mb / bare.mb },
    { name: "tau ÷ MCP", value: ({ tau, mcp }) => tau.mb / mcp.mb },
  ],
};
