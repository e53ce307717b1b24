import { fc, test as property } from "@fast-check/vitest";
import { type ExtensionStateKind, TauError } from "tau-host";
import { describe, expect, test } from "vitest";
import { checkMove, type ExtensionState } from "../../src/extension-state.ts";
import type { Generation } from "../../src/generation.ts";
import { stateForReload, wayBack } from "../../src/reload-moves.ts";
import { errorOf } from "../support/workspace.ts";

const generation = { number: 1 } as unknown as Generation;
const crash = new TauError("extension-crashed", "Extension `weather` exited with code 9.");
const failure = new TauError("build-failed", "weather.ts could not be built.");

/** Every state that there is, with and without what it may hold. */
const STATES: ExtensionState[] = [
  { kind: "starting" },
  { kind: "ready", generation },
  { kind: "reloading", generation },
  { kind: "reloading", generation: undefined },
  { kind: "reloading", generation: undefined, error: crash },
  { kind: "idle" },
  { kind: "waking" },
  { kind: "restarting", error: crash },
  { kind: "disabled", error: crash },
  { kind: "failed", error: crash },
  { kind: "stopping", generation },
  { kind: "stopping", generation: undefined },
  { kind: "stopped" },
];

const GOING: ExtensionStateKind[] = ["stopping", "stopped"];

const state = fc.constantFrom(...STATES);

/** Where an extension may be when a reload has failed that began in a state: there, or where its version's end took it. */
function afterFailure(before: ExtensionState): ExtensionState[] {
  const begun = stateForReload("weather", before);
  if (begun.kind !== "reloading") return [begun];
  return [
    begun,
    { kind: "reloading", generation: undefined },
    { kind: "reloading", generation: undefined, error: crash },
  ];
}

/** @throws Error for a way that the extension can't go */
function go(from: ExtensionState, way: ReturnType<typeof wayBack>): void {
  if (way.kind === "move") checkMove(from.kind, way.state.kind);
  if (way.kind === "retry") checkMove(from.kind, "restarting");
  if (way.kind !== "crashed") return;
  checkMove(from.kind, "restarting");
  checkMove(from.kind, "disabled");
}

describe("a reload", () => {
  property.prop([state.filter(({ kind }) => !GOING.includes(kind))])(
    "begins from every state with a legal move",
    (before) => {
      const begun = stateForReload("weather", before);
      if (begun !== before) checkMove(before.kind, begun.kind);
      // Where it ends if it succeeds.
      checkMove(begun.kind, "ready");
      // Whoever unloads it meanwhile does not wait for that.
      checkMove(begun.kind, "stopping");
    },
  );

  test.for(STATES.filter(({ kind }) => GOING.includes(kind)))("begins not from $kind", async (before) => {
    const refused = (async () => stateForReload("weather", before))();
    expect(await errorOf(refused)).toMatchObject({ code: "extension-stopped", extensionId: "weather", executed: "no" });
  });

  test("keeps the version that serves serving", () => {
    expect(stateForReload("weather", { kind: "ready", generation })).toEqual({ kind: "reloading", generation });
  });
});

describe("the way back from a reload that failed", () => {
  property.prop([state.filter(({ kind }) => !GOING.includes(kind))])("is legal from wherever it got to", (before) => {
    for (const state of afterFailure(before)) go(state, wayBack(before, state, failure));
  });

  property.prop([state, state])("is legal whatever happened meanwhile", (before, state) => {
    go(state, wayBack(before, state, failure));
  });

  property.prop([state])("never ends what serves", (before) => {
    const way = wayBack(before, { kind: "reloading", generation }, failure);
    expect(way).toMatchObject({ kind: "move", state: { kind: "ready", generation } });
  });

  const ways: [string, ExtensionState, ExtensionState, object][] = [
    [
      "counts the crash of the version that served",
      { kind: "ready", generation },
      { kind: "reloading", generation: undefined, error: crash },
      { kind: "crashed", error: crash },
    ],
    [
      "counts as a crash what left nothing running",
      { kind: "ready", generation },
      { kind: "reloading", generation: undefined },
      { kind: "crashed", error: failure },
    ],
    [
      "does not count a crash twice",
      { kind: "restarting", error: crash },
      { kind: "restarting", error: crash },
      { kind: "retry", error: crash },
    ],
    ["lets sleep on", { kind: "idle" }, { kind: "waking" }, { kind: "move", state: { kind: "idle" } }],
    [
      "leaves disabled, for the latest reason",
      { kind: "disabled", error: crash },
      { kind: "starting" },
      { kind: "move", state: { kind: "disabled", error: failure } },
    ],
    [
      "leaves failed, for the latest reason",
      { kind: "failed", error: crash },
      { kind: "starting" },
      { kind: "move", state: { kind: "failed", error: failure } },
    ],
    [
      "stays where the old version was started again",
      { kind: "ready", generation },
      { kind: "ready", generation },
      { kind: "stay" },
    ],
  ];

  test.for(ways)("%s", ([, before, state, expected]) => {
    expect(wayBack(before, state, failure)).toMatchObject(expected);
  });
});
