/** @type {import("./index.mjs").Suite} */
export const sandbox = {
  name: "sandbox",
  about: "one call of 200 bytes after the other, to a process and to one in a sandbox; needs bwrap",
  driver: "call.mjs",
  contestants: ["tau", "tau-sandbox"],
  pinned: true,
  rounds: 7,
  full: { bytes: 200, warmup: 5000, calls: 10_000, gapMs: 0 },
  figures: [{ key: "p50", unit: "µs" }],
  aims: [{ name: "sandbox ÷ process", atMost: 1.05, value: (round) => round["tau-sandbox"].p50 / round["tau"].p50 }],
};

/** @type {import("./index.mjs").Suite} */
export const sandboxStart = {
  name: "sandbox-start",
  about: "a built TypeScript extension until it is ready, as a process and in a sandbox; needs bwrap",
  driver: "start.mjs",
  contestants: ["tau", "tau-sandbox"],
  pinned: true,
  rounds: 5,
  full: { starts: 10 },
  figures: [{ key: "ready", unit: "ms" }],
  aims: [{ name: "sandbox ÷ process", atMost: 1.6, value: (round) => round["tau-sandbox"].ready / round["tau"].ready }],
};
