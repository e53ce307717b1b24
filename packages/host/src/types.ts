import type { JsonObject, TauError, ToolResult } from "tau-protocol";
import type { ExtensionStateKind } from "./extension-state.ts";
import type { LogLine } from "./output-log.ts";

export interface LoadOptions {
  /** Unique in the host. @default the file's or package's name, with a number behind it if taken */
  id?: string;
  /** The user's settings, handed to `setup` as `api.config`. @default {} */
  config?: JsonObject;
  /** Environment variables granted to the extension, on top of the clean ones. @default {} */
  env?: Readonly<Record<string, string>>;
  /** Aborting gives the start up; `load` rejects and nothing is left. */
  signal?: AbortSignal;
  /** From launch to the end of `setup`, in milliseconds. @default the host's `startTimeoutMs` */
  startTimeoutMs?: number;
}

export interface CallOptions {
  /** Aborting rejects the call at once with `cancelled`, and tells the extension. */
  signal?: AbortSignal;
  /** Partial results, in order, before the result. What it throws is reported, not thrown. */
  onProgress?: (partial: ToolResult) => void;
  /** Time for the result, in milliseconds. Infinity for none. @default the host's `callTimeoutMs` */
  timeoutMs?: number;
  /** The model's own id of this call, handed to the tool. */
  callId?: string;
}

/** A loaded extension, as it is at this moment. */
export interface ExtensionInfo {
  readonly id: string;
  readonly state: ExtensionStateKind;
  /** Counts the versions started, from 1. */
  readonly generation: number;
  /** Of the version that serves, where one does. */
  readonly pid: number | undefined;
  /** Names of the tools it offers. */
  readonly tools: readonly string[];
  /** Events it hears of. */
  readonly events: readonly string[];
  /** Events it decides on. */
  readonly hooks: readonly string[];
  /** Why it does not run, where it should. */
  readonly error: TauError | undefined;
}

/** A change of an extension's state, or of its tools (`from` and `to` are the same then). */
export interface ExtensionChange {
  extensionId: string;
  from: ExtensionStateKind;
  to: ExtensionStateKind;
  generation: number;
  /** For people: "started", "crashed", "kept the old version" … */
  reason: string;
  /** What went wrong, where something did. */
  error?: TauError;
}

export interface HostLogLine extends LogLine {
  extensionId: string;
}

export interface HostEvents {
  /** Every change of an extension's state, with the reason. */
  extension: ExtensionChange;
  /** Every line an extension prints or logs. */
  log: HostLogLine;
  /** Something failed that no call could be told of. */
  error: TauError;
}
