import { type ExtensionStateKind, TauError } from "tau-host";
import { describe, expect, test } from "vitest";
import {
  checkMove,
  type ExtensionState,
  disabledError,
  refusalOf,
  servingGeneration,
} from "../../src/extension-state.ts";

const KINDS: ExtensionStateKind[] = [
  "starting",
  "ready",
  "reloading",
  "idle",
  "waking",
  "restarting",
  "disabled",
  "failed",
  "stopping",
  "stopped",
];

function canMove(from: ExtensionStateKind, to: ExtensionStateKind): boolean {
  try {
    checkMove(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Every state that can follow, directly or later. */
function reachableFrom(start: ExtensionStateKind): Set<ExtensionStateKind> {
  const reached = new Set<ExtensionStateKind>();
  const add = (from: ExtensionStateKind): void =>
    KINDS.filter((to) => canMove(from, to) && !reached.has(to)).forEach((to) => {
      reached.add(to);
      add(to);
    });
  add(start);
  return reached;
}

describe("moves", () => {
  test("every state can be reached from the start", () => {
    expect([...reachableFrom("starting")].sort()).toEqual([...KINDS].sort());
  });

  test("every state but the end leads to stopped", () => {
    for (const kind of KINDS.filter((each) => each !== "stopped")) {
      expect(reachableFrom(kind), kind).toContain("stopped");
    }
  });

  test("nothing follows stopped, and only stopped follows stopping", () => {
    expect([...reachableFrom("stopped")]).toEqual([]);
    expect([...reachableFrom("stopping")]).toEqual(["stopped"]);
  });

  test("no state follows itself, but where one version takes the place of another or a start is tried again", () => {
    expect(KINDS.filter((kind) => canMove(kind, kind))).toEqual(["ready", "reloading", "restarting"]);
  });

  test("what ran has not failed to start, and what never ran does not sleep", () => {
    expect(KINDS.filter((kind) => canMove(kind, "failed"))).toEqual(["starting"]);
    expect(canMove("failed", "idle")).toBe(false);
  });

  test("a move without sense names both ends", () => {
    expect(() => checkMove("stopped", "ready")).toThrow("An extension can't go from stopped to ready.");
  });
});

describe("an extension that does not serve", () => {
  const crash = new TauError("extension-crashed", "Extension `weather` exited with code 3.", {
    extensionId: "weather",
    stderrTail: ["goodbye"],
    exitCode: 3,
  });
  const disabled = disabledError("weather", crash, { maxCrashes: 3 });
  const refusing: [ExtensionState, object][] = [
    [
      { kind: "disabled", error: disabled },
      { code: "extension-disabled", stderrTail: ["goodbye"], exitCode: 3 },
    ],
    [{ kind: "failed", error: crash }, { code: "extension-stopped" }],
    [{ kind: "stopping", generation: undefined }, { code: "extension-stopped" }],
    [{ kind: "stopped" }, { code: "extension-stopped" }],
  ];

  test.for(refusing)("refuses for good, and nothing was run: %o", ([state, expected]) => {
    expect(servingGeneration(state)).toBeUndefined();
    const error = refusalOf("weather", state)?.();
    expect(error).toMatchObject({ ...expected, extensionId: "weather", executed: "no", retryable: false });
    expect(error?.message).toContain("weather");
  });

  const waiting: ExtensionState[] = [
    { kind: "starting" },
    { kind: "idle" },
    { kind: "waking" },
    { kind: "reloading", generation: undefined },
    { kind: "restarting", error: crash },
  ];

  test.for(waiting)("lets what comes wait where a version is to be expected: %o", (state) => {
    expect(refusalOf("weather", state)).toBeUndefined();
  });

  test("after too many crashes tells what happened and what to do", () => {
    expect(disabled.message).toBe(
      "Extension `weather` exited with code 3.\nIt has crashed 3 times in a short time and is not started again by itself. " +
        "Save its source, or enable extension `weather`, to start it.",
    );
  });
});
