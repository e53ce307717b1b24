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
  figures: [
    { key: "p50", unit: "µs", label: "call" },
    { key: "buildMs", unit: "ms", label: "build and load, the first time" },
    { key: "sleepMs", unit: "ms", label: "a sleep of 50 ms" },
    { key: "ten", unit: "ms", label: "ten sleeps of 50 ms at once" },
    { key: "pageMs", unit: "ms", label: "a page that takes 50 ms" },
    { key: "waitBlock", unit: "ms", label: "host stands still, a sleep of 50 ms" },
    { key: "pageBlock", unit: "ms", label: "host stands still, a page that takes 50 ms" },
    { key: "waitCpu", unit: "ms/s", label: "host's CPU while it waits" },
  ],
  aims: [],
};

/** @type {import("./index.mjs").Suite} */
const reloads = {
  name: "mechanisms-reload",
  about:
    "1,000 new versions by every mechanism, each answering once: what the host holds afterwards that it did not before",
  driver: "mechanisms-reload.mjs",
  contestants,
  pinned: false,
  rounds: 1,
  full: { reloads: 1000 },
  figures: [
    { key: "reloadMs", unit: "ms", label: "reload" },
    { key: "lastMs", unit: "ms", label: "reload, the last hundred" },
    { key: "kbEach", unit: "KB", label: "memory of the host, each reload" },
    { key: "fds", unit: "", label: "open descriptors" },
    { key: "maps", unit: "", label: "memory maps" },
    { key: "threads", unit: "", label: "threads" },
    { key: "processes", unit: "", label: "processes" },
  ],
  aims: [],
};

/** @type {import("./index.mjs").Suite} */
const faults = {
  name: "mechanisms-faults",
  about:
    "an extension that crashes, one that never ends, and twenty versions that each leave a timer or thread behind: what becomes of the host (blocked: 3,000 ms is for good)",
  driver: "mechanisms-faults.mjs",
  contestants,
  pinned: false,
  rounds: 1,
  full: {},
  figures: [
    { key: "crashDead", unit: "", label: "a crash ends the host" },
    { key: "crashBlockedMs", unit: "ms", label: "a crash stops the host's loop" },
    { key: "crashAgainMs", unit: "ms", label: "a crash until the next answer" },
    { key: "spinDead", unit: "", label: "an endless loop ends the host" },
    { key: "spinBlockedMs", unit: "ms", label: "an endless loop stops the host's loop" },
    { key: "spinAgainMs", unit: "ms", label: "an endless loop until the next answer" },
    { key: "leaveDead", unit: "", label: "what was left behind ends the host" },
    { key: "left", unit: "", label: "timers, threads and processes left behind by twenty versions" },
  ],
  aims: [],
};

export const mechanisms = [calls, reloads, faults];
