import type { TextStreamPart, ToolSet } from "ai";
import { isTauError } from "tau-protocol";
import type { JsonObject } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { ModelUsage, TurnStopReason } from "../message.ts";
import { Draft } from "./draft.ts";
import type { Turn, TurnPart, TurnRequest } from "./model.ts";
import { openStream } from "./open-stream.ts";
import { aborted, untilAborted } from "./pause.ts";
import { brokenStream, providerError } from "./provider-error.ts";
import { withRetries } from "./retry.ts";
import { NO_USAGE, usageOf } from "./usage.ts";

type Part = TextStreamPart<ToolSet>;
type Reader = ReadableStreamDefaultReader<Part>;

/**
 * Asks the model for one answer. Requests that fail before anything has come are sent again; iterating throws the error that was
 * left: `provider-failed` with `detail: { provider, model, status?, reason? }`, `cancelled` after an abort, or whatever a hook threw.
 * Leaving the loop early ends the request.
 */
export function streamTurn(request: TurnRequest): Turn {
  const draft = new Draft(request.model.reference);
  const tally = { usage: { ...NO_USAGE } };
  return {
    [Symbol.asyncIterator]: () => parts(request, draft, tally),
    partial: (stopReason, error) => draft.message(stopReason, tally.usage, error),
  };
}

async function* parts(request: TurnRequest, draft: Draft, tally: { usage: ModelUsage }): AsyncGenerator<TurnPart> {
  const { model, signal } = request;
  // One signal of our own, so that leaving the loop ends the request, too.
  const ended = new AbortController();
  const onAbort = (): void => ended.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const { first, reader } = await withRetries(() => begin(request, ended.signal), request);
    for (let part: Part | undefined = first; part !== undefined; part = await read(reader, request)) {
      if (part.type === "finish-step") {
        tally.usage = usageOf(part.usage, model.price);
        // Providers' libraries say so when the stream ended without a word on why.
        if (part.finishReason === "other" && part.rawFinishReason === undefined) throw brokenStream(model);
        const stopReason = stopReasonOf(part.finishReason);
        yield { type: "finish", stopReason, usage: tally.usage, message: draft.message(stopReason, tally.usage) };
        return;
      }
      const passed = take(part, draft);
      if (passed !== undefined) yield passed;
    }
    throw brokenStream(model);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    ended.abort();
  }
}

/** Sends the request and waits for the first part that says something. Until then it may be sent again. */
async function begin(request: TurnRequest, ended: AbortSignal): Promise<{ first: Part; reader: Reader }> {
  const { signal, model } = request;
  if (signal?.aborted === true) throw aborted();
  const reader = await untilAborted(openStream(request, ended), signal).catch((error: unknown) => {
    throw providerError(error, model);
  });
  for (;;) {
    const part = await read(reader, request);
    if (part === undefined) throw brokenStream(model);
    if (part.type === "finish-step" && part.finishReason === "other" && part.rawFinishReason === undefined) {
      throw brokenStream(model);
    }
    if (SAYS_SOMETHING.has(part.type)) return { first: part, reader };
  }
}

const SAYS_SOMETHING: ReadonlySet<Part["type"]> = new Set([
  "text-start",
  "text-delta",
  "reasoning-start",
  "reasoning-delta",
  "tool-input-start",
  "tool-call",
  "finish-step",
]);

async function read(reader: Reader, { signal, model }: TurnRequest): Promise<Part | undefined> {
  const { value } = await untilAborted(reader.read(), signal).catch((error: unknown) => {
    throw signal?.aborted === true ? aborted() : providerError(error, model);
  });
  if (value?.type === "abort") throw aborted();
  if (value?.type === "error") throw signal?.aborted === true ? aborted() : providerError(value.error, model);
  return value;
}

/** Adds a part to the answer. What the caller is shown of it, if anything. */
function take(part: Part, draft: Draft): TurnPart | undefined {
  if (part.type === "tool-call") return takeCall(part, draft);
  if (part.type === "text-start" || part.type === "text-delta" || part.type === "text-end") {
    const text = part.type === "text-delta" ? part.text : "";
    draft.grow("text", part.id, { text, provider: part.providerMetadata });
    return text === "" ? undefined : { type: "text-delta", text };
  }
  if (part.type === "reasoning-start" || part.type === "reasoning-delta" || part.type === "reasoning-end") {
    const text = part.type === "reasoning-delta" ? part.text : "";
    draft.grow("thinking", part.id, { text, provider: part.providerMetadata });
    return text === "" ? undefined : { type: "thinking-delta", text };
  }
  return undefined;
}

/** Whether the tool exists, and whether its arguments fit, is for the host to say. Arguments that are no JSON object end here. */
function takeCall(part: Extract<Part, { type: "tool-call" }>, draft: Draft): TurnPart {
  const { toolCallId: callId, toolName: tool, input, providerMetadata: provider } = part;
  if (typeof input === "object" && input !== null && !Array.isArray(input)) {
    draft.addCall({ callId, tool, input: input as JsonObject, provider });
    return { type: "tool-call", callId, tool, input: input as JsonObject };
  }
  draft.addCall({ callId, tool, input: {}, provider });
  const raw = typeof input === "string" ? input : JSON.stringify(input);
  const why = "error" in part && typeof input === "string" ? `: ${causeText(part.error)}` : "";
  const error = `Expected the arguments of \`${tool}\` to be a JSON object, got ${shorten(raw)}${why}. Call it again with valid JSON.`;
  return { type: "invalid-tool-call", callId, tool, raw, error };
}

function causeText(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  const innermost = cause instanceof Error && cause.cause instanceof Error ? cause.cause : (cause ?? error);
  return isTauError(innermost) ? innermost.message : shorten(errorText(innermost));
}

const SHOWN_LENGTH = 200;

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

function stopReasonOf(reason: string): TurnStopReason {
  switch (reason) {
    case "stop":
    case "tool-calls":
    case "length":
    case "content-filter":
      return reason;
    default:
      return "other";
  }
}
