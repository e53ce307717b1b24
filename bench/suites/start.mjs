/** @type {import("./index.mjs").Suite} */
export const start = {
  name: "start",
  about: "a built TypeScript extension until it is ready; a bare Node process until its first byte",
  driver: "start.mjs",
  contestants: ["bare", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  full: { starts: 10 },
  quick: { starts: 5 },
  figures: [{ key: "ms", unit: "ms" }],
  aims: [
    { name: "tau ÷ bare Node", atMost: 1.4, value: ({ tau, bare }) => tau.ms / bare.ms },
    { name: "tau ÷ MCP", value: ({ tau, mcp }) => tau.ms / mcp.ms },
  ],
};
