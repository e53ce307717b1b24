import { isTauError, type JsonObject, TauError } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { ResolvedModel } from "./model.ts";

/** What is known of a failed request, whichever library it comes from. */
interface Failure {
  message: string;
  status?: number;
  headers?: Record<string, string>;
  /** The provider's or the network's own word on whether it may work later. */
  retryable: boolean;
  /** How long the provider asks to wait. */
  retryAfterMs?: number;
}

const SHOWN_LENGTH = 1000;
const FIRST_ERROR = 400;
const REQUEST_TIMEOUT = 408;
const CONFLICT = 409;
const TOO_MANY_REQUESTS = 429;

/** Anything that went wrong as an error that says what to do. `retryable`: the same request may succeed later. */
export function providerError(error: unknown, model: ResolvedModel): TauError & { retryAfterMs?: number } {
  if (isTauError(error)) return error;
  if (error instanceof Error && error.name === "AI_NoOutputGeneratedError") return brokenStream(model);
  const failure = readFailure(error);
  const { message, status, retryable, retryAfterMs } = failure;
  const said = message.length > SHOWN_LENGTH ? `${message.slice(0, SHOWN_LENGTH)}…` : message;
  const lead = status === undefined ? `\`${model.reference}\` failed` : `\`${model.reference}\` answered ${status}`;
  const detail: JsonObject = {
    provider: model.provider,
    model: model.modelId,
    ...(status === undefined ? {} : { status }),
    ...(isOverflow(failure) ? { reason: "context-overflow" } : {}),
  };
  const text = `${lead}: ${said.replace(/[.\s]+$/, "")}. ${nextStep(failure, model)}`;
  const wrapped = new TauError("provider-failed", text, { retryable, detail, cause: error });
  return retryAfterMs === undefined ? wrapped : Object.assign(wrapped, { retryAfterMs });
}

/** The stream ended before the provider said why: something between here and there cut it. */
export function brokenStream(model: ResolvedModel): TauError {
  const text = `\`${model.reference}\` failed: the answer broke off before its end. Ask again.`;
  const detail = { provider: model.provider, model: model.modelId, reason: "broken-stream" };
  return new TauError("provider-failed", text, { retryable: true, detail });
}

function readFailure(error: unknown): Failure {
  const { statusCode, responseHeaders, isRetryable, responseBody } = (error ?? {}) as {
    statusCode?: number;
    responseHeaders?: Record<string, string>;
    isRetryable?: boolean;
    responseBody?: string;
  };
  // A success that could not be read to its end is a failure of the connection.
  const status = typeof statusCode === "number" && statusCode >= FIRST_ERROR ? statusCode : undefined;
  const retryAfterMs = responseHeaders === undefined ? undefined : readRetryAfter(responseHeaders);
  return {
    message: messageOf(error, responseBody),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    retryable: status === undefined ? isRetryable === true || isPassing(error) : isRetryableStatus(status),
  };
}

function isRetryableStatus(status: number): boolean {
  return status === REQUEST_TIMEOUT || status === CONFLICT || status === TOO_MANY_REQUESTS || status >= 500;
}

/** What providers send as an error within the stream is often a plain object. */
function messageOf(error: unknown, body: string | undefined): string {
  if (typeof error === "object" && error !== null && !(error instanceof Error)) {
    const { message } = error as { message?: unknown };
    return typeof message === "string" ? message : JSON.stringify(error);
  }
  const text = errorText(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const known = body !== undefined && body !== "" && text.length < 40 ? `${text} (${body.trim()})` : text;
  return cause === undefined || text.includes(cause.message) ? known : `${known} (${cause.message})`;
}

/** Connections that fail, streams that are cut in the middle of an event, and what providers say of themselves within a stream. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return PASSING.test(JSON.stringify(error) ?? "");
  const { code } = error as NodeJS.ErrnoException;
  const isUnread = UNREAD.has(error.name);
  return (
    isUnread || error instanceof TypeError || code?.startsWith("UND_ERR") === true || code?.startsWith("E") === true
  );
}

const PASSING = /overloaded|timed? ?out|unavailable|internal|server_error|rate.?limit/i;
/** What the AI SDK calls answers that it can't make sense of. */
const UNREAD: ReadonlySet<string> = new Set([
  "AI_JSONParseError",
  "AI_TypeValidationError",
  "AI_InvalidResponseDataError",
]);

/** Seconds or a date (RFC 9110, section 10.2.3), or milliseconds where a provider tells them. */
export function readRetryAfter(headers: Record<string, string>, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(headers["retry-after-ms"] ?? "");
  if (exact >= 0) return exact;
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** No two providers say it the same way. */
const OVERFLOW =
  /context.{0,10}(length|window)|maximum.{0,20}tokens|too (long|many tokens)|token count.{0,40}exceeds|exceeds? the (limit|max)/i;

function isOverflow({ status, message }: Failure): boolean {
  return (status === 400 || status === 413 || status === 422) && OVERFLOW.test(message);
}

function nextStep(failure: Failure, { provider, modelId }: ResolvedModel): string {
  const { status, retryable } = failure;
  if (isOverflow(failure)) return "The conversation is too long for this model: compact it.";
  if (status === 401 || status === 403) return `Check the key for ${provider}.`;
  if (status === 404) return `Check that ${provider} has the model \`${modelId}\`.`;
  if (status === TOO_MANY_REQUESTS) return "Wait, or choose another model.";
  if (retryable) return status === undefined ? "Check the connection and ask again." : "Ask again later.";
  return "The request will not work as it is.";
}
