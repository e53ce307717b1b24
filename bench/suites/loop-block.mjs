/** @type {import("./index.mjs").Suite} */
export const loopBlock = {
  name: "loop-block",
  about: "longest stand-still of the event loop of a host that holds 1 GB, while an extension starts",
  driver: "loop-block.mjs",
  contestants: ["spawn", "tau"],
  pinned: false, // the new process must not have to share the host's core
  rounds: 3,
  full: { bytes: 1 << 30, times: 5 },
  quickContestants: ["tau"],
  quick: { bytes: 1 << 30, times: 1 },
  figures: [
    { key: "idle", unit: "ms", label: "nothing started" },
    { key: "load", unit: "ms", label: "load, built before" },
    { key: "loadWorst", unit: "ms", label: "the worst of these" },
    { key: "first", unit: "ms", label: "first load, build included" },
    { key: "spawn", unit: "ms", label: "plain child_process.spawn" },
  ],
  aims: [
    { name: "longest block while tau loads", atMost: 2, unit: "ms", value: ({ tau }) => tau.load },
    { name: "tau's load ÷ plain spawn, same process", value: ({ tau }) => tau.load / tau.spawn },
  ],
};
