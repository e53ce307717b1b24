import type { ErrorData } from "./errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Counts up from 1 in each direction and is never used twice (spec/protocol.md, M-2). */
export type MessageId = number;

/** What every request may carry beside its own parameters. */
export interface RequestMeta {
  /** Time left for the answer, in milliseconds, at the moment of sending. Absent: no deadline. */
  deadlineMs?: number;
  /** The id of the request, in the other direction, during which and for which this one is made. */
  parent?: MessageId;
  /** W3C trace context, handed on unchanged. Source: https://www.w3.org/TR/trace-context/ */
  traceparent?: string;
}

/** Parameters are always an object, so that fields can be added. */
export type Params = JsonObject & { meta?: RequestMeta & JsonObject };

export interface RequestMessage {
  jsonrpc: "2.0";
  id: MessageId;
  method: string;
  params?: Params;
}

export interface NotificationMessage {
  jsonrpc: "2.0";
  method: string;
  params?: Params;
}

export interface SuccessMessage {
  jsonrpc: "2.0";
  id: MessageId;
  result: JsonValue;
}

export interface WireError {
  code: number;
  message: string;
  data?: ErrorData;
}

export interface FailureMessage {
  jsonrpc: "2.0";
  /** `null` when the failed request's id could not be read. */
  id: MessageId | null;
  error: WireError;
}

/** One line. There are no batch arrays: writers join lines instead. */
export type Message = RequestMessage | NotificationMessage | SuccessMessage | FailureMessage;

/** `$/cancel`: the caller no longer wants the answer of request `id`, and still gets exactly one. */
export interface CancelParams {
  id: MessageId;
  reason?: string;
}

/** `$/progress`: partial content of the answer to request `id`, from the callee, before the answer. */
export interface ProgressParams {
  id: MessageId;
  value: JsonValue;
}
