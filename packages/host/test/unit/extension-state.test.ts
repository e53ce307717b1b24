import { type ExtensionStateKind, TauError } from "tau-host";
import { describe, expect, test } from "vitest";
import { checkMove, type ExtensionState, notServingError, servingGeneration } from "../../src/extension-state.ts";

const KINDS: ExtensionStateKind[] = [
  "starting",
  "ready",
  "reloading",
  "crashed",
  "restarting",
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
  test("every state can be reached from the start, and the start from none", () => {
    expect([...reachableFrom("starting")].sort()).toEqual(KINDS.filter((kind) => kind !== "starting").sort());
  });

  test("every state but the two ends leads to stopped", () => {
    for (const kind of KINDS.filter((each) => each !== "failed" && each !== "stopped")) {
      expect(reachableFrom(kind), kind).toContain("stopped");
    }
  });

  test("nothing follows failed and stopped, and only stopped follows stopping", () => {
    expect([...reachableFrom("failed"), ...reachableFrom("stopped")]).toEqual([]);
    expect([...reachableFrom("stopping")]).toEqual(["stopped"]);
  });

  test("no state follows itself", () => {
    expect(KINDS.filter((kind) => canMove(kind, kind))).toEqual([]);
  });

  test("what never ran has not crashed, and what ran has not failed to start", () => {
    expect(canMove("starting", "crashed")).toBe(false);
    expect(KINDS.filter((kind) => canMove(kind, "failed"))).toEqual(["starting"]);
  });

  test("a move without sense names both ends", () => {
    expect(() => checkMove("stopped", "ready")).toThrow("An extension can't go from stopped to ready.");
  });
});

describe("an extension that does not serve", () => {
  const crash = new TauError("extension-crashed", "It exited with code 3.", { stderrTail: ["goodbye"] });
  const states: [ExtensionState, object][] = [
    [{ kind: "starting" }, { code: "extension-stopped", retryable: true }],
    [
      { kind: "crashed", error: crash },
      { code: "extension-crashed", retryable: false, stderrTail: ["goodbye"] },
    ],
    [
      { kind: "restarting", error: crash },
      { code: "extension-crashed", retryable: true, cause: crash },
    ],
    [
      { kind: "failed", error: crash },
      { code: "extension-stopped", retryable: false },
    ],
    [
      { kind: "stopping", generation: undefined },
      { code: "extension-stopped", retryable: false },
    ],
    [{ kind: "stopped" }, { code: "extension-stopped", retryable: false }],
  ];

  test.for(states)("says so, and that nothing was run: %o", ([state, expected]) => {
    expect(servingGeneration(state)).toBeUndefined();
    const error = notServingError("weather", state);
    expect(error).toMatchObject({ ...expected, extensionId: "weather", executed: "no" });
    expect(error.message).toContain("weather");
  });

  test("after a crash tells what happened and what to do", () => {
    const { message } = notServingError("weather", { kind: "crashed", error: crash });
    expect(message).toBe("It exited with code 3.\nReload extension `weather` to start it again.");
  });
});
