import type { JsonObject, TauError, ToolResult } from "tau-protocol";
import type { ExtensionStateKind } from "./extension-state.ts";
import type { ResourceLimits } from "./launch/limits.ts";
import type { LogLine } from "./output-log.ts";
import type { SandboxLayer } from "./sandbox/confine.ts";
import type { Isolation, Permissions } from "./sandbox/permissions.ts";
import type { GuestLimits } from "./wasm/guest-limits.ts";

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
  /**
   * `lazy`: an extension whose content and settings have run before is not started until there is a call, a hook or an event for
   * it; its tools are offered at once. Extensions that declare `start: "eager"` are started all the same.
   * @default the host's `start`
   */
  start?: "eager" | "lazy";
  /** Stops the extension when it has had nothing to do for so long, in milliseconds, until there is something. @default the host's */
  idleTimeoutMs?: number;
  /** What it may use of the machine. What is not set here is as the host's `resources` say. */
  resources?: ResourceLimits;
  /** How it is kept from what it was not granted. Where that can't be held, it is not started. @default the host's `isolation` */
  isolation?: Isolation;
  /** What it may reach in a sandbox or, by `network` alone, as a guest. @default {}: nothing */
  permissions?: Permissions;
  /** What it may use as a guest. What is not set here is as the host's `guest` says. */
  guest?: GuestLimits;
  /** Keeps an extension that does not start, as `failed`: a reload or a saved file starts it. `load` rejects all the same. @default false */
  keepFailed?: boolean;
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
  /** How it is kept from what it was not granted. */
  readonly isolation: Isolation;
  /** What holds it, where it runs and is in a sandbox: a guest's process is in one too where there is one. */
  readonly sandboxLayer: SandboxLayer | undefined;
  /** What it was granted, as it is told in `hello` (spec/protocol.md, H-9). Absent where it does not run, or is not confined. */
  readonly permissions: JsonObject | undefined;
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
  /** The last thing that went wrong with it, mended or not: a crash, a reload that failed. */
  readonly lastError: TauError | undefined;
  /** For how long the version that serves has run, in milliseconds. */
  readonly uptimeMs: number | undefined;
  /** How often it was started again after a crash. */
  readonly restarts: number;
  /** Calls made of its tools. */
  readonly calls: number;
}

/** A change of an extension's state, or of its tools (`from` and `to` are the same then). */
export interface ExtensionChange {
  extensionId: string;
  from: ExtensionStateKind;
  to: ExtensionStateKind;
  generation: number;
  /** For people: "started", "crashed too often", "kept the old version" … */
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
