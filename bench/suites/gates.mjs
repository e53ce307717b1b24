import { ratioOf } from "./peers.mjs";

const p50 = ratioOf("p50");

/** @type {import("./index.mjs").Suite} */
export const gates = {
  name: "gates",
  about:
    "a decision on a tool call by one gate and by ten: extensions of tau; extensions that think for 2 ms, as one that reads a file does; a process started for each decision, as shell hooks are; functions in the agent's process",
  driver: "gates.mjs",
  contestants: [
    "one",
    "ten",
    "oneThinking",
    "tenThinking",
    "oneShell",
    "tenShell",
    "oneNode",
    "tenNode",
    "oneInside",
    "tenInside",
  ],
  pinned: false,
  rounds: 3,
  full: { decisions: 1000, processes: 40 },
  figures: [{ key: "p50", unit: "ms" }],
  aims: [
    { name: "ten ÷ one, thinking", atMost: 3, value: p50("tenThinking", "oneThinking") },
    { name: "ten ÷ one", value: p50("ten", "one") },
    { name: "one ÷ one shell hook", value: p50("one", "oneShell") },
    { name: "ten ÷ ten shell hooks", value: p50("ten", "tenShell") },
    { name: "one ÷ one hook in Node", value: p50("one", "oneNode") },
    { name: "one ÷ one in process", value: p50("one", "oneInside") },
  ],
};
