import type { JsonValue } from "./json.ts";

/** Whether the work behind a failed request was done. Decides if it may be tried again. */
export type Executed = "no" | "maybe" | "yes";

/**
 * What can go wrong on the wire: the name, and the JSON-RPC code it travels under. JSON-RPC's own range
 * (-32768…-32000) is used for JSON-RPC's own faults only. Source: https://www.jsonrpc.org/specification#error_object
 */
export const WIRE_CODES = {
  "parse-error": -32700,
  "invalid-request": -32600,
  "method-not-found": -32601,
  "invalid-params": -32602,
  "internal-error": -32603,
  cancelled: 1001,
  "timed-out": 1002,
  "tool-failed": 1003,
  "unknown-tool": 1004,
  "registration-refused": 1005,
  "message-too-large": 1006,
  overloaded: 1007,
  unavailable: 1008,
  denied: 1009,
  "setup-failed": 1010,
  "protocol-mismatch": 1011,
  "shutting-down": 1012,
  "hook-failed": 1013,
  "invalid-arguments": 1014,
  "extension-failed": 1015,
} as const;

/** The closed set of `data.kind` values. An unknown kind from a newer peer is read as its code's (spec/protocol.md, X-3). */
export type WireErrorKind = keyof typeof WIRE_CODES;

/** The `data` of a wire error. Unknown fields are ignored. */
export interface ErrorData {
  kind: WireErrorKind;
  /** Whether the same request may succeed later. @default false */
  retryable?: boolean;
  /** @default "maybe" */
  executed?: Executed;
  /** The failing code's stack, with places in the author's sources. */
  stack?: string;
  detail?: JsonValue;
}

/** Faults that never cross the wire: the host's, the build's, the channel's. */
export type LocalErrorCode =
  | "source-not-found"
  | "source-unsupported"
  | "manifest-missing"
  | "manifest-invalid"
  | "build-failed"
  | "command-not-found"
  | "command-not-executable"
  | "spawn-failed"
  | "isolation-unavailable"
  | "launcher-failed"
  | "start-timeout"
  | "start-exited"
  | "protocol-violation"
  | "tool-collision"
  | "invalid-result"
  | "channel-closed"
  | "extension-crashed"
  | "extension-killed"
  | "extension-stopped"
  | "extension-disabled"
  | "extension-hung"
  | "unknown-extension"
  | "unknown-command"
  | "extension-exists"
  | "host-closed"
  | "invalid-option"
  | "state-damaged"
  | "watch-failed"
  | "unknown-model"
  | "missing-key"
  | "provider-failed"
  | "unknown-session"
  | "unknown-entry"
  | "session-locked"
  | "session-damaged"
  | "session-failed";

export type TauErrorCode = WireErrorKind | LocalErrorCode;

/** One complaint of a compiler. Lines and columns count from 1. */
export interface Diagnostic {
  severity: "error" | "warning";
  message: string;
  /** Absolute path. Absent when the complaint is about no file. */
  file?: string;
  line?: number;
  column?: number;
  /** The text of that line. */
  lineText?: string;
}

/** The steps of a start, in order. A failed start names the one it failed in. */
export type StartPhase = "resolve" | "build" | "launch" | "handshake" | "setup" | "register";

export interface TauErrorDetails {
  /** @default "maybe" */
  executed?: Executed;
  /** @default false */
  retryable?: boolean;
  /** The extension this is about. */
  extensionId?: string;
  /** Its last lines on stderr and stdout, oldest first. */
  stderrTail?: readonly string[];
  phase?: StartPhase;
  diagnostics?: readonly Diagnostic[];
  /** How the process ended, where it did. */
  exitCode?: number | null;
  signal?: string | null;
  /** The stack on the other side of the wire. */
  remoteStack?: string;
  detail?: JsonValue;
  cause?: unknown;
}

const BRAND = Symbol.for("tau.error");

/**
 * The one error class users of tau see. `message` says what was expected, what came, and the next step; `code` is for
 * programs. Recognise it with {@link isTauError}, not `instanceof`: two copies of this package in one process are normal
 * where extensions are.
 */
export class TauError extends Error {
  readonly [BRAND] = true;
  readonly code: TauErrorCode;
  readonly executed: Executed;
  readonly retryable: boolean;
  readonly extensionId?: string;
  readonly stderrTail?: readonly string[];
  readonly phase?: StartPhase;
  readonly diagnostics?: readonly Diagnostic[];
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly remoteStack?: string;
  readonly detail?: JsonValue;

  constructor(code: TauErrorCode, message: string, details: TauErrorDetails = {}) {
    const { cause, executed = "maybe", retryable = false, ...facts } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TauError";
    this.code = code;
    this.executed = executed;
    this.retryable = retryable;
    Object.assign(this, facts);
  }
}

/** True for a {@link TauError} of any copy of this package. */
export function isTauError(value: unknown): value is TauError {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/**
 * The same error with more facts, and with better words where the caller has them. What the error already knew wins; `executed`
 * and `retryable` it always knows.
 */
export function withDetails(error: TauError, details: TauErrorDetails, message: string = error.message): TauError {
  const { code, executed, retryable, cause } = error;
  const known = Object.fromEntries(
    (["extensionId", "stderrTail", "phase", "diagnostics", "exitCode", "signal", "remoteStack", "detail"] as const)
      .filter((key) => error[key] !== undefined)
      .map((key) => [key, error[key]]),
  );
  const enriched = new TauError(code, message, {
    ...details,
    ...known,
    executed,
    retryable,
    cause: cause ?? details.cause,
  });
  // The place where it happened, under its present words.
  if (error.stack !== undefined) enriched.stack = error.stack.replace(error.message, () => message);
  return enriched;
}
