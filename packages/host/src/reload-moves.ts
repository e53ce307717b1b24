import type { TauError } from "tau-protocol";
import { type ExtensionState, refusalOf } from "./extension-state.ts";

/** The state in which a new version is started: the same where one is being started anyway. @throws TauError when it is unloaded */
export function stateForReload(extensionId: string, state: ExtensionState): ExtensionState {
  switch (state.kind) {
    case "ready":
      return { kind: "reloading", generation: state.generation };
    case "idle":
      return { kind: "waking" };
    case "disabled":
    case "failed":
      return { kind: "starting" };
    case "restarting":
    case "waking":
    case "starting":
    case "reloading":
      return state;
    case "stopping":
    case "stopped":
      throw refusalOf(extensionId, state)?.() ?? new Error(`Nothing is reloaded while ${state.kind}.`);
  }
}

/** What follows a reload that failed. */
export type WayBack =
  | { kind: "move"; state: ExtensionState; reason: string }
  /** The version that served has crashed meanwhile, which has not been counted. */
  | { kind: "crashed"; error: TauError }
  /** It had crashed before. An edit that fails is no further crash. */
  | { kind: "retry"; error: TauError }
  | { kind: "stay"; reason: string };

const KEPT = "kept the old version";

/** Back to where the reload came from, as far as that is still there. */
export function wayBack(before: ExtensionState, state: ExtensionState, failure: TauError): WayBack {
  switch (state.kind) {
    case "reloading":
      if (state.generation === undefined) return { kind: "crashed", error: state.error ?? failure };
      return { kind: "move", state: { kind: "ready", generation: state.generation }, reason: KEPT };
    case "restarting":
      return { kind: "retry", error: state.error };
    case "waking":
      return { kind: "move", state: { kind: "idle" }, reason: KEPT };
    case "starting": {
      const kind = before.kind === "disabled" ? "disabled" : "failed";
      return { kind: "move", state: { kind, error: failure }, reason: "did not start" };
    }
    case "ready":
    case "idle":
    case "disabled":
    case "failed":
    case "stopping":
    case "stopped":
      return { kind: "stay", reason: KEPT };
  }
}
