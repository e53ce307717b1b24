/** @type {import("./index.mjs").Suite} */
export const startLazy = {
  name: "start-lazy",
  about:
    "a process with a host and so many extensions that are put off until they are needed, from its start until all tools are offered",
  driver: "start-lazy.mjs",
  contestants: ["none", "ten", "fifty"],
  pinned: true,
  rounds: 5,
  full: { starts: 10 },
  quick: { starts: 5 },
  figures: [{ key: "ms", unit: "ms" }],
  aims: [
    { name: "fifty ÷ none", atMost: 1.3, value: ({ fifty, none }) => fifty.ms / none.ms },
    { name: "ten ÷ none", value: ({ ten, none }) => ten.ms / none.ms },
  ],
};
