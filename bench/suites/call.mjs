import { languages, peers, ratioOf } from "./peers.mjs";

/** The least that a process can take, and none at all; Python has a floor of its own. */
const contestants = ["c-pipe", ...peers, "in-process", "python-loop", ...languages];
const p50 = ratioOf("p50");
const figures = [
  { key: "p50", unit: "µs" },
  { key: "p99", unit: "µs" },
];

/** @type {import("./index.mjs").Suite} */
export const call = {
  name: "call",
  about: "one call of 200 bytes after the other",
  driver: "call.mjs",
  contestants,
  quickContestants: ["raw", "ndjson", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  full: { bytes: 200, warmup: 5000, calls: 10_000, gapMs: 0 },
  quick: { bytes: 200, warmup: 4000, calls: 2000, gapMs: 0 },
  figures,
  aims: [
    { name: "tau ÷ raw bytes", atMost: 1.35, value: p50("tau", "raw") },
    { name: "tau ÷ MCP", atMost: 0.6, value: p50("tau", "mcp") },
    { name: "Rust ÷ TypeScript", atMost: 0.8, value: p50("tau-rust", "tau") },
    { name: "Python ÷ a bare loop in Python", atMost: 1.5, value: p50("tau-python", "python-loop") },
    { name: "bare NDJSON ÷ raw bytes", value: p50("ndjson", "raw") },
    { name: "tau ÷ naive NDJSON", value: p50("tau", "ndjson-naive") },
    { name: "tau ÷ MCP 2", value: p50("tau", "mcp2") },
    { name: "tau ÷ vscode-jsonrpc", value: p50("tau", "jsonrpc") },
    { name: "tau ÷ fork", value: p50("tau", "ipc") },
    { name: "tau ÷ worker", value: p50("tau", "worker") },
    { name: "tau ÷ C ↔ C by pipes", value: p50("tau", "c-pipe") },
    { name: "tau ÷ in process", value: p50("tau", "in-process") },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const call4k = {
  name: "call-4k",
  about: "one call of 4 KB after the other",
  driver: "call.mjs",
  contestants: contestants.filter((name) => name !== "python-loop"),
  pinned: true,
  rounds: 3,
  full: { bytes: 4096, warmup: 5000, calls: 5000, gapMs: 0 },
  figures,
  aims: [
    { name: "tau ÷ raw bytes", value: p50("tau", "raw") },
    { name: "tau ÷ MCP", value: p50("tau", "mcp") },
    { name: "tau ÷ MCP 2", value: p50("tau", "mcp2") },
    { name: "Rust ÷ TypeScript", value: p50("tau-rust", "tau") },
  ],
};

/** @type {import("./index.mjs").Suite} */
export const sparse = {
  name: "sparse",
  about: "one call of 200 bytes every 20 ms, as an agent really calls",
  driver: "call.mjs",
  contestants: ["raw", "ndjson", "tau", "mcp"],
  pinned: true,
  rounds: 5,
  full: { bytes: 200, warmup: 200, calls: 100, gapMs: 20 },
  quick: { bytes: 200, warmup: 200, calls: 25, gapMs: 20 },
  figures: [{ key: "p50", unit: "µs" }],
  aims: [
    { name: "tau ÷ MCP", atMost: 0.35, value: p50("tau", "mcp") },
    { name: "tau ÷ raw bytes", value: p50("tau", "raw") },
    { name: "tau ÷ bare NDJSON", value: p50("tau", "ndjson") },
  ],
};
