// Not pinned to one core, as the others of their kind are: the engine's compilers work beside what is measured, as they do for users.

/** @type {import("./index.mjs").Suite[]} */
export const wasmSuites = [
  {
    name: "wasm",
    about: "one call of 200 bytes after the other, to a process, to a guest in QuickJS and to a component made of Rust",
    driver: "call.mjs",
    contestants: ["tau", "tau-wasm", "tau-component"],
    pinned: false,
    rounds: 7,
    full: { bytes: 200, warmup: 5000, calls: 10_000, gapMs: 0 },

    figures: [{ key: "p50", unit: "µs" }],
    aims: [
      { name: "guest ÷ process", atMost: 2, value: (round) => round["tau-wasm"].p50 / round["tau"].p50 },
      { name: "component ÷ process", atMost: 1.5, value: (round) => round["tau-component"].p50 / round["tau"].p50 },
    ],
  },
  {
    name: "wasm-start",
    group: "wasm",
    about: "a built extension until it is ready, and a component until its next version serves: both from the cache",
    driver: "wasm-start.mjs",
    contestants: ["process", "guest", "component", "component-reload"],
    pinned: false,
    rounds: 5,
    full: { starts: 10 },

    figures: [{ key: "ms", unit: "ms" }],
    aims: [
      { name: "guest ÷ process", atMost: 3, value: ({ guest, process }) => guest.ms / process.ms },
      { name: "component ÷ process", value: ({ component, process }) => component.ms / process.ms },
      { name: "component reloaded", atMost: 60, unit: "ms", value: (round) => round["component-reload"].ms },
    ],
  },
];
