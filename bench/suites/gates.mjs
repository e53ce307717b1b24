/** @type {import("./index.mjs").Suite} */
export const gates = {
  name: "gates",
  about:
    "a decision on a tool call, by the gates of one extension and of ten; and by gates that take 2 ms to think, as one that reads a file does",
  driver: "gates.mjs",
  contestants: ["one", "ten", "oneThinking", "tenThinking"],
  pinned: false,
  rounds: 5,
  full: { decisions: 1000 },
  quick: { decisions: 300 },
  figures: [{ key: "p50", unit: "ms" }],
  aims: [
    {
      name: "ten ÷ one, thinking",
      atMost: 3,
      value: ({ tenThinking, oneThinking }) => tenThinking.p50 / oneThinking.p50,
    },
    { name: "ten ÷ one", value: ({ ten, one }) => ten.p50 / one.p50 },
  ],
};
