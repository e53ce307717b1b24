/** @type {import("./index.mjs").Suite} */
export const rust = {
  name: "rust",
  about: "one call of 200 bytes after the other, to TypeScript and to Rust",
  driver: "call.mjs",
  contestants: ["tau", "tau-rust"],
  pinned: true,
  rounds: 7,
  full: { warmup: 5000, calls: 10_000, gapMs: 0 },
  quick: { warmup: 2000, calls: 4000, gapMs: 0 },
  figures: [
    { key: "p50", unit: "µs" },
    { key: "p99", unit: "µs" },
  ],
  aims: [{ name: "Rust ÷ TypeScript", atMost: 0.8, value: (round) => round["tau-rust"].p50 / round["tau"].p50 }],
};

/** @type {import("./index.mjs").Suite} */
export const rustStart = {
  name: "rust-start",
  about: "a built Rust extension until it is ready; a static binary until its first byte",
  driver: "start.mjs",
  contestants: ["static", "rust"],
  pinned: true,
  rounds: 5,
  full: { starts: 20 },
  quick: { starts: 10 },
  figures: [{ key: "ms", unit: "ms" }],
  aims: [{ name: "Rust ÷ static binary", atMost: 4, value: (round) => round["rust"].ms / round["static"].ms }],
};

/** @type {import("./index.mjs").Suite} */
export const rustEdit = {
  name: "rust-edit",
  about: "from saving a line of a .rs file to the first new answer; cargo build of the same change",
  driver: "rust-edit.mjs",
  contestants: ["cargo", "tau"],
  pinned: false,
  rounds: 3,
  full: { edits: 8 },
  quick: { edits: 4 },
  figures: [{ key: "ms", unit: "ms" }],
  aims: [{ name: "tau over cargo build", atMost: 300, unit: "ms", value: ({ tau, cargo }) => tau.ms - cargo.ms }],
};
