/** @type {import("./index.mjs").Suite} */
export const memory = {
  name: "memory",
  about: "private memory of an idle extension process",
  driver: "memory.mjs",
  contestants: ["bare", "tau", "mcp"],
  pinned: true,
  rounds: 3,
  full: { settleMs: 1000 },
  quickContestants: ["bare", "tau"],
  quick: { settleMs: 300 },
  figures: [{ key: "mb", unit: "MB" }],
  aims: [
    { name: "tau ÷ bare Node", atMost: 1.15, value: ({ tau, bare }) => tau.mb / bare.mb },
    { name: "tau ÷ MCP", value: ({ tau, mcp }) => tau.mb / mcp.mb },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const memoryMany = {
  name: "memory-many",
  about: "memory of a host with so many idle TypeScript extensions, and of an agent (`tau --mode rpc`) with none",
  driver: "memory-many.mjs",
  contestants: ["none", "one", "ten", "fifty", "agent"],
  pinned: false,
  rounds: 3,
  full: { settleMs: 1000 },
  figures: [
    { key: "each", unit: "MB", label: "private, each extension" },
    { key: "shared", unit: "MB", label: "shared with others, each extension" },
    { key: "host", unit: "MB", label: "private, the process of the host or agent" },
    { key: "rest", unit: "MB", label: "private, launcher, spare, and builder where it still runs" },
    { key: "all", unit: "MB", label: "all together, what is shared counted once" },
  ],
  aims: [
    { name: "an extension of fifty ÷ the only one", value: ({ fifty, one }) => fifty.each / one.each },
    { name: "all with fifty extensions", unit: "MB", value: ({ fifty }) => fifty.all },
    { name: "the agent's process", unit: "MB", value: ({ agent }) => agent.host },
  ],
};
