const contestants = ["a-process", "b-sync", "c-future", "d-hosted", "e-wasm", "e-wasm-worker", "f-shared"];

/** @type {import("./index.mjs").Suite} */
const calls = {
  name: "mechanisms",
  about: "the same tool by every mechanism: a call of 200 bytes, and what waiting costs the host",
  driver: "mechanisms.mjs",
  contestants,
  pinned: true,
  rounds: 3,
  full: { calls: 10_000 },
  quick: { calls: 3000 },
  figures: [
    { key: "p50", unit: "µs", label: "call" },
    { key: "buildMs", unit: "ms", label: "build and load, the first time" },
    { key: "ten", unit: "ms", label: "ten sleeps of 50 ms at once" },
    { key: "waitBlock", unit: "ms", label: "host stands still, a sleep of 50 ms" },
    { key: "pageBlock", unit: "ms", label: "host stands still, a page that takes 50 ms" },
    { key: "waitCpu", unit: "ms/s", label: "host's CPU while it waits" },
  ],
  aims: [],
};

export const mechanisms = [calls];
