import { TauError, type TauErrorCode, withDetails } from "tau-protocol";
import type { Generation } from "./generation.ts";

/** The life of an extension, as one value with one owner. */
export type ExtensionState =
  | { kind: "starting" }
  | { kind: "ready"; generation: Generation }
  /**
   * A new version is being started. The old one serves meanwhile; there is none when the extension has to be stopped first, or when
   * the old one died, of `error`, while it waited to be replaced.
   */
  | { kind: "reloading"; generation: Generation | undefined; error?: TauError }
  /** It does not run, for want of something to do. Its tools, hooks and events are known, and wake it. */
  | { kind: "idle" }
  | { kind: "waking" }
  /** It has crashed, and will be started again in a moment. */
  | { kind: "restarting"; error: TauError }
  /** It has crashed too often. Its tools stay known, so that nothing else takes their names, and its gates block. */
  | { kind: "disabled"; error: TauError }
  /** It never ran. */
  | { kind: "failed"; error: TauError }
  | { kind: "stopping"; generation: Generation | undefined }
  | { kind: "stopped" };

export type ExtensionStateKind = ExtensionState["kind"];

const MOVES: Readonly<Record<ExtensionStateKind, readonly ExtensionStateKind[]>> = {
  starting: ["ready", "idle", "failed", "disabled", "stopping"],
  // To itself: the version before takes back.
  ready: ["ready", "reloading", "idle", "restarting", "disabled", "stopping"],
  // To itself: the old version is gone, the new one still being started.
  reloading: ["ready", "reloading", "restarting", "disabled", "stopping"],
  idle: ["waking", "stopping"],
  waking: ["ready", "idle", "restarting", "disabled", "stopping"],
  restarting: ["ready", "restarting", "disabled", "stopping"],
  disabled: ["starting", "stopping"],
  failed: ["starting", "stopping"],
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

/** Why nothing will serve, for states in which waiting has no sense. In all others, what comes waits. */
export function refusalOf(extensionId: string, state: ExtensionState): (() => TauError) | undefined {
  switch (state.kind) {
    case "disabled":
      return () => downError("extension-disabled", extensionId, state.error);
    case "failed":
      return () => downError("extension-stopped", extensionId, state.error);
    case "stopping":
    case "stopped":
      return () => stoppedError(extensionId, state.kind);
    case "starting":
    case "ready":
    case "reloading":
    case "idle":
    case "waking":
    case "restarting":
      return undefined;
  }
}

/** Ends a start that is under way. */
export function givenUpError(extensionId: string): TauError {
  const text = `Extension \`${extensionId}\` was stopped while it started.`;
  return new TauError("extension-stopped", text, { extensionId, executed: "no" });
}

/** The error of an extension that will not be started again by itself. */
export function disabledError(extensionId: string, crash: TauError, { maxCrashes }: { maxCrashes: number }): TauError {
  const times =
    maxCrashes === 1
      ? "It is not started again"
      : `It has crashed ${maxCrashes} times in a short time and is not started again`;
  const text = `${crash.message}\n${times} by itself. Save its source, or enable extension \`${extensionId}\`, to start it.`;
  return withDetails(new TauError("extension-disabled", text, { executed: "no", cause: crash }), factsOf(crash));
}

/** Whatever went wrong last, a call is told what that means for it. */
function downError(code: TauErrorCode, extensionId: string, error: TauError): TauError {
  const call = new TauError(code, error.message, { extensionId, executed: "no", cause: error });
  return withDetails(call, factsOf(error));
}

function stoppedError(extensionId: string, kind: string): TauError {
  const text = `Extension \`${extensionId}\` is not running (${kind}).`;
  return new TauError("extension-stopped", text, { extensionId, executed: "no" });
}

function factsOf({ extensionId, stderrTail, exitCode, signal }: TauError): Parameters<typeof withDetails>[1] {
  return {
    ...(extensionId === undefined ? {} : { extensionId }),
    ...(stderrTail === undefined ? {} : { stderrTail }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
  };
}
