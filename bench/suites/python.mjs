/** @type {import("./index.mjs").Suite} */
export const python = {
  name: "python",
  about: "one call of 200 bytes after the other, to Python",
  driver: "call.mjs",
  contestants: ["python-loop", "tau-python"],
  pinned: true,
  rounds: 7,
  full: { warmup: 5000, calls: 10_000, gapMs: 0 },
  quick: { warmup: 2000, calls: 4000, gapMs: 0 },
  figures: [
    { key: "p50", unit: "µs" },
    { key: "p99", unit: "µs" },
  ],
  aims: [
    { name: "tau ÷ a bare loop", atMost: 1.5, value: (round) => round["tau-python"].p50 / round["python-loop"].p50 },
  ],
};
