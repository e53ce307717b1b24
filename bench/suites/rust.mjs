/** @type {import("./index.mjs").Suite} */
export const rustStart = {
  name: "rust-start",
  about: "a built Rust extension until it is ready; a static binary until its first byte",
  driver: "start.mjs",
  contestants: ["static", "rust"],
  pinned: true,
  rounds: 5,
  full: { starts: 20 },
  figures: [{ key: "ready", unit: "ms" }],
  aims: [{ name: "Rust ÷ static binary", atMost: 4, value: (round) => round["rust"].ready / round["static"].ready }],
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
  figures: [{ key: "ms", unit: "ms" }],
  aims: [{ name: "tau over cargo build", atMost: 300, unit: "ms", value: ({ tau, cargo }) => tau.ms - cargo.ms }],
};
