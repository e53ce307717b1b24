import { TauError } from "tau-protocol";
import type { Generation } from "./generation.ts";

/** The life of an extension, as one value with one owner. */
export type ExtensionState =
  | { kind: "starting" }
  | { kind: "ready"; generation: Generation }
  /** The old version serves while the new one starts. */
  | { kind: "reloading"; generation: Generation }
  /** It was running and is not; its tools stay known, so that nothing else takes their names. */
  | { kind: "crashed"; error: TauError }
  | { kind: "restarting"; error: TauError }
  /** It never ran. */
  | { kind: "failed"; error: TauError }
  | { kind: "stopping"; generation: Generation | undefined }
  | { kind: "stopped" };

export type ExtensionStateKind = ExtensionState["kind"];

const MOVES: Readonly<Record<ExtensionStateKind, readonly ExtensionStateKind[]>> = {
  starting: ["ready", "failed", "stopping"],
  ready: ["reloading", "crashed", "stopping"],
  reloading: ["ready", "crashed", "restarting", "stopping"],
  crashed: ["restarting", "stopping"],
  restarting: ["ready", "crashed", "stopping"],
  failed: [],
  stopping: ["stopped"],
  stopped: [],
};

/** @throws Error for a move that has no sense: a bug of the host's */
export function checkMove(from: ExtensionStateKind, to: ExtensionStateKind): void {
  if (!MOVES[from].includes(to)) throw new Error(`An extension can't go from ${from} to ${to}.`);
}

/** The running version, where one serves. */
export function servingGeneration(state: ExtensionState): Generation | undefined {
  return state.kind === "ready" || state.kind === "reloading" ? state.generation : undefined;
}

/** The error that a call gets when nothing serves. */
export function notServingError(extensionId: string, state: ExtensionState): TauError {
  const facts = { extensionId, executed: "no" } as const;
  switch (state.kind) {
    case "crashed":
    case "restarting":
      return new TauError(
        "extension-crashed",
        `${state.error.message}\nReload extension \`${extensionId}\` to start it again.`,
        {
          ...facts,
          cause: state.error,
          retryable: state.kind === "restarting",
          ...(state.error.stderrTail === undefined ? {} : { stderrTail: state.error.stderrTail }),
        },
      );
    case "starting":
      return new TauError("extension-stopped", `Extension \`${extensionId}\` is still starting.`, {
        ...facts,
        retryable: true,
      });
    case "ready":
    case "reloading":
    case "failed":
    case "stopping":
    case "stopped":
      return new TauError("extension-stopped", `Extension \`${extensionId}\` is not running (${state.kind}).`, facts);
  }
}
