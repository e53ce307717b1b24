/** @type {import("./index.mjs").Suite} */
export const start = {
  name: "start",
  about:
    "from asking for it until it is ready, and until it has answered a call; a bare Node process until its first byte",
  driver: "start.mjs",
  contestants: ["bare", "tau", "tau-uncached", "tau-python", "mcp", "mcp2", "jiti", "tsx"],
  quickContestants: ["bare", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  full: { starts: 10 },
  quick: { starts: 3 },
  figures: [
    { key: "ready", unit: "ms" },
    { key: "answer", unit: "ms", label: "first answer" },
  ],
  aims: [
    { name: "ready: tau ÷ bare Node", atMost: 1.25, value: ({ tau, bare }) => tau.ready / bare.ready },
    { name: "first answer: tau ÷ MCP", atMost: 0.2, value: ({ tau, mcp }) => tau.answer / mcp.answer },
    { name: "ready: tau ÷ MCP", value: ({ tau, mcp }) => tau.ready / mcp.ready },
    { name: "first answer: tau ÷ MCP 2", value: ({ tau, mcp2 }) => tau.answer / mcp2.answer },
    { name: "first answer: tau ÷ jiti", value: ({ tau, jiti }) => tau.answer / jiti.answer },
    { name: "first answer: tau ÷ tsx", value: ({ tau, tsx }) => tau.answer / tsx.answer },
    { name: "ready: tau, not built ÷ built", value: (round) => round["tau-uncached"].ready / round["tau"].ready },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const startMany = {
  name: "start-many",
  about: "so many built TypeScript extensions, started at once, until all are ready; on all cores",
  driver: "start-many.mjs",
  contestants: ["one", "ten", "fifty"],
  pinned: false,
  rounds: 3,
  full: { starts: 3 },
  figures: [
    { key: "ms", unit: "ms" },
    { key: "each", unit: "ms", label: "each" },
  ],
  aims: [
    { name: "fifty ÷ one, each", value: ({ fifty, one }) => fifty.each / one.each },
    { name: "ten ÷ one, each", value: ({ ten, one }) => ten.each / one.each },
  ],
};
