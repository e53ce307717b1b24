const contestants = ["none", "ten", "fifty"];
const shared = { contestants, pinned: true, rounds: 5, full: { starts: 10 }, figures: [{ key: "ms", unit: "ms" }] };
const tenAndNone = {
  name: "ten ÷ none",
  value: (/** @type {import("./index.mjs").Round} */ { ten, none }) => ten.ms / none.ms,
};

/** @type {import("./index.mjs").Suite} */
export const startLazy = {
  ...shared,
  name: "start-lazy",
  about:
    "a process with a host and so many extensions that are put off until they are needed, from its start until all tools are offered",
  driver: "start-lazy.mjs",
  aims: [{ name: "fifty ÷ none", atMost: 1.3, value: ({ fifty, none }) => fifty.ms / none.ms }, tenAndNone],
};

/** @type {import("./index.mjs").Suite} */
export const startAgent = {
  ...shared,
  name: "start-agent",
  about:
    "`tau --mode rpc` with so many extensions in ~/.tau/extensions, from its start until it has answered what its tools are",
  driver: "start-agent.mjs",
  aims: [{ name: "fifty ÷ none", atMost: 1.2, value: ({ fifty, none }) => fifty.ms / none.ms }, tenAndNone],
};
