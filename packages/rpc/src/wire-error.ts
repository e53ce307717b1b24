import {
  type ErrorData,
  isTauError,
  type JsonValue,
  TauError,
  WIRE_CODES,
  type WireError,
  type WireErrorKind,
} from "tau-protocol";

/** An error as it travels. An error of unknown origin travels as `fallback`. Never throws: authors throw anything. */
export function toWireError(error: unknown, fallback: WireErrorKind): WireError {
  try {
    return describeError(error, fallback);
  } catch {
    return { code: WIRE_CODES[fallback], message: UNREADABLE, data: { kind: fallback, executed: "maybe" } };
  }
}

/** What stands for an error whose own properties throw. */
const UNREADABLE = "An error that can't be read";

function describeError(error: unknown, fallback: WireErrorKind): WireError {
  if (isTauError(error) && isWireKind(error.code)) {
    const data: ErrorData = { kind: error.code, retryable: error.retryable, executed: error.executed };
    const stack = error.remoteStack;
    if (stack !== undefined) data.stack = stack;
    if (error.detail !== undefined) data.detail = error.detail;
    return { code: WIRE_CODES[error.code], message: error.message, data };
  }
  const data: ErrorData = { kind: fallback, executed: "maybe" };
  if (error instanceof Error && error.stack !== undefined) data.stack = error.stack;
  return { code: WIRE_CODES[fallback], message: errorText(error), data };
}

/** What the other side reported, as a local error. Survives any shape: the other side may be broken. */
export function fromWireError(value: unknown): TauError {
  const { message, data, code } = asRecord(value);
  const { kind, retryable, executed, stack, detail } = asRecord(data);
  const known = typeof kind === "string" && isWireKind(kind) ? kind : kindOfCode(code);
  return new TauError(known, typeof message === "string" && message !== "" ? message : `The call failed (${known}).`, {
    retryable: retryable === true,
    executed: executed === "no" || executed === "yes" ? executed : "maybe",
    ...(typeof stack === "string" ? { remoteStack: stack } : {}),
    ...(detail === undefined ? {} : { detail: detail as JsonValue }),
  });
}

/** The message of anything that was thrown. Never throws. */
export function errorText(error: unknown): string {
  for (const read of [messageOf, JSON.stringify, String]) {
    try {
      const text: unknown = read(error);
      if (typeof text === "string") return text;
    } catch {
      // A cycle, a getter that throws, no prototype: the next one may know.
    }
  }
  return UNREADABLE;
}

function messageOf(error: unknown): unknown {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return typeof error === "string" ? error : undefined;
}

function isWireKind(kind: string): kind is WireErrorKind {
  return Object.hasOwn(WIRE_CODES, kind);
}

function kindOfCode(code: unknown): WireErrorKind {
  const found = Object.entries(WIRE_CODES).find(([, number]) => number === code);
  return found === undefined ? "internal-error" : (found[0] as WireErrorKind);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
