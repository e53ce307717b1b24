import type { ExtensionStateKind, Isolation, ProcessUsage, SandboxLayer } from "tau-host";
import type { Diagnostic, JsonObject, StartPhase, TauErrorCode } from "tau-protocol";

/** Counts up with every change after which older and newer sides can't talk. */
export const CONTROL_PROTOCOL = 1;

/** What may be asked of a process that runs extensions, over its control socket: JSON-RPC, one message a line. */
export type ControlRequests = {
  /** Answered at once, whatever the extensions do: shows that the process is there. */
  ping: { params: object; result: object };
  list: { params: object; result: ProcessReport };
  /** Swaps in the present source. Takes as long as that takes. */
  reload: { params: { extensionId: string }; result: ReloadReport };
  /** Starts one that is disabled or failed; leaves all others as they are. */
  enable: { params: { extensionId: string }; result: ReloadReport };
  /**
   * The last lines, each as a progress value of the shape `LogLine`, and then the answer. With `follow` new lines come after
   * them, and the answer when the extension is unloaded.
   */
  logs: { params: { extensionId: string; lines: number; follow: boolean }; result: object };
};

export interface ProcessReport {
  protocol: number;
  pid: number;
  cwd: string;
  /** What the process is, for people: `tau call`. */
  title: string;
  /** In order of loading. */
  extensions: ExtensionReport[];
}

/** A loaded extension. What does not apply at the moment is `null`. */
export interface ExtensionReport {
  id: string;
  state: ExtensionStateKind;
  isolation: Isolation;
  /** What holds it, where it is in a sandbox. */
  sandboxLayer: SandboxLayer | null;
  /** What it was granted, where it is confined. */
  permissions: JsonObject | null;
  /** Counts the versions started, from 1. */
  generation: number;
  pid: number | null;
  tools: readonly string[];
  events: readonly string[];
  hooks: readonly string[];
  uptimeMs: number | null;
  /** Starts after a crash. */
  restarts: number;
  calls: number;
  /** Of all its processes. `null` as well where the system does not tell. */
  usage: ProcessUsage | null;
  /** Why it does not run, where it should. */
  error: ErrorReport | null;
  /** The last thing that went wrong, mended or not. */
  lastError: ErrorReport | null;
}

export interface ErrorReport {
  code: TauErrorCode;
  message: string;
  phase?: StartPhase;
  diagnostics?: readonly Diagnostic[];
  exitCode?: number | null;
  signal?: string | null;
  stderrTail?: readonly string[];
  /** Where in the author's source. */
  remoteStack?: string;
}

export interface ReloadReport {
  /** As it is afterwards. */
  extension: ExtensionReport;
  /** False where there was nothing to do. */
  changed: boolean;
  /** Why there is no new version. */
  error: ErrorReport | null;
}
