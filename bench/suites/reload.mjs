/** @type {import("./index.mjs").Suite} */
export const reload = {
  name: "reload",
  about: "from saving a TypeScript file of 200 lines to the first call answered by the new code",
  driver: "reload.mjs",
  contestants: ["spare", "fresh", "jiti", "pi", "tau"],
  quickContestants: ["spare", "tau"],
  // Host, bundler and the next process work side by side, as they do for users.
  pinned: false,
  rounds: 3,
  full: { files: 1, warmup: 6, saves: 14, gapMs: 250 },
  quick: { files: 1, warmup: 3, saves: 4, gapMs: 100 },
  figures: [
    { key: "p50", unit: "ms" },
    { key: "p90", unit: "ms" },
  ],
  aims: [
    { name: "tau ÷ warm spare", atMost: 1.5, value: ({ tau, spare }) => tau.p50 / spare.p50 },
    { name: "tau ÷ pi's own loader", atMost: 1, value: ({ tau, pi }) => tau.p50 / pi.p50 },
    { name: "tau ÷ jiti in process", value: ({ tau, jiti }) => tau.p50 / jiti.p50 },
    { name: "tau ÷ fresh process", value: ({ tau, fresh }) => tau.p50 / fresh.p50 },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const reloadFive = {
  name: "reload-five",
  about: "the same with five files of which one is saved, bundled",
  driver: "reload.mjs",
  contestants: ["bundled", "jiti", "tau"],
  pinned: false,
  rounds: 3,
  full: { files: 5, warmup: 6, saves: 14, gapMs: 250 },
  figures: [
    { key: "p50", unit: "ms" },
    { key: "p90", unit: "ms" },
  ],
  aims: [
    // 20 ms where the floor took 14.
    { name: "tau ÷ bundled for a warm spare", atMost: 1.45, value: ({ tau, bundled }) => tau.p50 / bundled.p50 },
    { name: "tau ÷ jiti in process", value: ({ tau, jiti }) => tau.p50 / jiti.p50 },
  ],
};
