// What the investigation said of each mechanism, and which figures would prove it wrong.

/** @typedef {import("./mechanisms-page.mjs").Figures} Figures */
/**
 * @typedef {object} Claim
 * @property {string} contestant
 * @property {string} said
 * @property {(figures: Figures, number: (value: number | undefined, unit?: string) => string) => string} measured
 * @property {(figures: Figures) => boolean} holds false too where nothing was measured
 */

const between = (/** @type {number | undefined} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
  value !== undefined && value >= least && value <= most;
/** Ten waits of 50 ms take as long as one. */
const atOnce = (/** @type {Figures} */ { ten }) => between(ten, 0, 100);
const hostLives = (/** @type {Figures} */ figures) =>
  figures["crashDead"] === 0 && figures["spinDead"] === 0 && between(figures["spinBlockedMs"], 0, 1000);
const hostDies = (/** @type {Figures} */ figures) =>
  figures["crashDead"] === 1 && between(figures["spinBlockedMs"], 3000, 3000);

/** @type {(contestant: string, unsafe: boolean) => Claim} */
const reloadClaim = (contestant, unsafe) => ({
  contestant,
  said: unsafe ? "reload is unsafe" : "reload is clean",
  measured: ({ leaveDead, left }, number) =>
    leaveDead === 1 ? "a thread of an unloaded version ends the host" : `${number(left)} left behind by 20 versions`,
  holds: ({ leaveDead, left }) =>
    unsafe ? leaveDead === 1 || between(left, 1, Infinity) : leaveDead === 0 && left === 0,
});

/** @type {(contestant: string) => Claim} */
const unsafeClaim = (contestant) => ({
  contestant,
  said: "no isolation",
  measured: () => "a crash ends the host; an endless loop stops it",
  holds: hostDies,
});

/** @type {Claim[]} */
export const claims = [
  {
    contestant: "a-process",
    said: "50 to 200 µs a message",
    measured: ({ p50 }, number) => `${number(p50, "µs")} a call, which is two messages`,
    holds: ({ p50 }) => between(p50, 100, 400),
  },
  {
    contestant: "a-process",
    said: "unrestricted async, with an event loop of its own",
    measured: ({ ten, waitBlock }, number) =>
      `ten waits take ${number(ten, "ms")}, the host stops ${number(waitBlock, "ms")}`,
    holds: (figures) => atOnce(figures) && between(figures["waitBlock"], 0, 25),
  },
  {
    contestant: "a-process",
    said: "the host survives crashes",
    measured: ({ crashAgainMs, spinAgainMs }, number) =>
      `answers ${number(crashAgainMs, "ms")} after a crash, ${number(spinAgainMs, "ms")} after an endless loop`,
    holds: hostLives,
  },
  reloadClaim("a-process", false),
  {
    contestant: "b-sync",
    said: "async is fake",
    measured: ({ ten, waitBlock }, number) =>
      `ten waits take ${number(ten, "ms")}, the host stops for ${number(waitBlock, "ms")}`,
    holds: ({ ten, waitBlock }) => between(ten, 400, Infinity) && between(waitBlock, 40, Infinity),
  },
  unsafeClaim("b-sync"),
  reloadClaim("b-sync", true),
  {
    contestant: "c-future",
    said: "async is limited",
    measured: ({ ten, waitCpu }, number) =>
      `ten waits take ${number(ten, "ms")}, but polling takes ${number(waitCpu, "ms/s")} of the host's CPU`,
    holds: ({ waitCpu }) => between(waitCpu, 10, Infinity),
  },
  unsafeClaim("c-future"),
  reloadClaim("c-future", true),
  {
    contestant: "d-hosted",
    said: "async works, with what the host offers",
    measured: ({ ten, waitCpu }, number) =>
      `ten waits take ${number(ten, "ms")}, ${number(waitCpu, "ms/s")} of the host's CPU`,
    holds: (figures) => atOnce(figures) && between(figures["waitCpu"], 0, 10),
  },
  unsafeClaim("d-hosted"),
  reloadClaim("d-hosted", true),
  {
    contestant: "e-wasm",
    said: "the host survives, CPU is limited",
    measured: ({ crashDead }) =>
      `a crash is ${crashDead === 0 ? "an error" : "its end"}; an endless loop stops the thread it runs in: the host's`,
    holds: hostLives,
  },
  {
    contestant: "e-wasm-worker",
    said: "the same",
    measured: ({ spinAgainMs }, number) =>
      `with a thread of its own: answers ${number(spinAgainMs, "ms")} after an endless loop`,
    holds: hostLives,
  },
  reloadClaim("e-wasm", false),
  unsafeClaim("f-shared"),
  reloadClaim("f-shared", true),
];
