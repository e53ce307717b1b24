/** @type {import("./index.mjs").Suite} */
export const supervision = {
  name: "supervision",
  about:
    "a crash until the next answer; a blocked loop until it is reported; a killed host until the last of its processes is gone",
  driver: "supervision.mjs",
  contestants: ["crash", "block", "host-kill"],
  pinned: false,
  rounds: 3,
  full: {},
  figures: [{ key: "ms", unit: "ms" }],
  aims: [
    { name: "crash to next answer", unit: "ms", value: ({ crash }) => crash.ms },
    { name: "blocked loop until it is reported", unit: "ms", value: ({ block }) => block.ms },
    { name: "killed host until its last process is gone", unit: "ms", value: (round) => round["host-kill"].ms },
  ],
};
