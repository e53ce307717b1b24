/**
 * @param {number} extensions
 * @returns {import("./index.mjs").Suite}
 */
const fanOut = (extensions) => ({
  name: `fan-out-${extensions}`,
  group: "fan-out",
  about: `an event of 200 bytes to ${extensions} extensions: CPU of the host's process for each delivery`,
  driver: "fan-out.mjs",
  contestants: ["each", "tau"],
  pinned: true,
  rounds: 3,
  full: { extensions, bursts: Math.ceil(400 / extensions), perBurst: 100 },
  // Fifty processes take longer to start than to measure.
  ...(extensions === 10 ? { quick: { extensions, bursts: 12, perBurst: 100 } } : {}),
  figures: [{ key: "cpuUs", unit: "µs CPU/delivery" }],
  aims: [
    {
      name: "tau ÷ a line for each child",
      ...(extensions > 1 ? { atMost: 0.2 } : {}),
      value: ({ tau, each }) => tau.cpuUs / each.cpuUs,
    },
  ],
});

export const fanOuts = [1, 10, 50].map((extensions) => fanOut(extensions));
