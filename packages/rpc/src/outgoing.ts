import { type MessageId, type RequestMessage, TauError } from "tau-protocol";
import type { Clock, Timer } from "./clock.ts";
import { fromWireError } from "./wire-error.ts";

export interface RequestOptions {
  /** Cancels: the other side is told, the promise rejects at once with `cancelled`. */
  signal?: AbortSignal;
  /** Time for the answer, in milliseconds. The other side is told it. Absent or Infinity: no deadline. */
  timeoutMs?: number;
  /** Partial answers, in order, before the answer. Must not throw. */
  onProgress?: (value: unknown) => void;
  /** The request of the other side for which this one is made. */
  parent?: MessageId;
}

/** A request that its caller has given up on and the other side has not answered yet. */
export interface UnansweredRequest {
  id: MessageId;
  method: string;
  reason: "cancelled" | "timed-out";
}

interface Pending {
  method: string;
  resolve(value: unknown): void;
  reject(error: TauError): void;
  onProgress: ((value: unknown) => void) | undefined;
  release(): void;
}

export interface OutgoingOptions {
  clock: Clock;
  send(request: RequestMessage): void;
  sendCancel(id: MessageId, reason: string): void;
  /** How long an answer may take after a cancel, in milliseconds. */
  cancelGraceMs: number;
  /** The grace has passed without an answer. */
  onUnanswered(request: UnansweredRequest): void;
}

/** The requests of this side, from sending to the one final answer. */
export class Outgoing {
  #lastId = 0;
  #pending = new Map<MessageId, Pending>();
  /** Given up by the caller; the answer is still owed. */
  #owed = new Map<MessageId, Timer>();
  readonly #options: OutgoingOptions;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Requests whose final answer has not come, those given up on included. */
  get size(): number {
    return this.#pending.size + this.#owed.size;
  }

  start(method: string, params: object | undefined, options: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal, timeoutMs = Number.POSITIVE_INFINITY, onProgress, parent } = options;
      if (signal?.aborted === true) {
        reject(cancelledError(method, signal.reason, "no"));
        return;
      }
      const id = ++this.#lastId;
      const limited = timeoutMs !== Number.POSITIVE_INFINITY;
      const entry: Pending = { method, resolve, reject, onProgress, release: () => {} };
      this.#options.send(buildRequest(id, method, params, limited ? timeoutMs : undefined, parent));
      this.#pending.set(id, entry);
      entry.release = this.#watch(id, method, limited ? timeoutMs : undefined, signal);
    });
  }

  /** False when nobody waits for this answer. */
  settle(id: MessageId, answer: { result?: unknown; error?: unknown }): boolean {
    const owed = this.#owed.get(id);
    if (owed !== undefined) {
      this.#owed.delete(id);
      this.#options.clock.clearTimeout(owed);
      return true;
    }
    const entry = this.#pending.get(id);
    if (entry === undefined) return false;
    this.#pending.delete(id);
    entry.release();
    if (answer.error !== undefined) entry.reject(fromWireError(answer.error));
    else if (answer.result !== undefined) entry.resolve(answer.result);
    else entry.reject(shapelessAnswer(entry.method));
    return true;
  }

  /** Rejects one request for a local reason; the answer, if it comes, is nobody's any more. */
  fail(id: MessageId, error: TauError): boolean {
    const entry = this.#pending.get(id);
    if (entry === undefined) return false;
    this.#pending.delete(id);
    entry.release();
    entry.reject(error);
    return true;
  }

  progress(id: MessageId, value: unknown): boolean {
    const entry = this.#pending.get(id);
    entry?.onProgress?.(value);
    return entry !== undefined || this.#owed.has(id);
  }

  /** Rejects everything: the channel is gone. */
  failAll(createError: (method: string) => TauError): void {
    for (const timer of this.#owed.values()) this.#options.clock.clearTimeout(timer);
    this.#owed.clear();
    for (const id of [...this.#pending.keys()]) {
      const entry = this.#pending.get(id);
      if (entry !== undefined) this.fail(id, createError(entry.method));
    }
  }

  /** Arms deadline and cancel. The answer is the function that disarms both. */
  #watch(id: MessageId, method: string, timeoutMs: number | undefined, signal: AbortSignal | undefined): () => void {
    const { clock } = this.#options;
    const onAbort = (): void => this.#giveUp(id, "cancelled", cancelledError(method, signal?.reason, "maybe"));
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.setTimeout(() => this.#giveUp(id, "timed-out", timedOutError(method, timeoutMs)), timeoutMs);
    return () => {
      signal?.removeEventListener("abort", onAbort);
      if (timer !== undefined) clock.clearTimeout(timer);
    };
  }

  #giveUp(id: MessageId, reason: UnansweredRequest["reason"], error: TauError): void {
    const method = this.#pending.get(id)?.method;
    if (method === undefined || !this.fail(id, error)) return;
    const { clock, cancelGraceMs, sendCancel, onUnanswered } = this.#options;
    const timer = clock.setTimeout(() => {
      this.#owed.delete(id);
      onUnanswered({ id, method, reason });
    }, cancelGraceMs);
    this.#owed.set(id, timer);
    sendCancel(id, reason);
  }
}

function buildRequest(
  id: MessageId,
  method: string,
  params: object | undefined,
  deadlineMs: number | undefined,
  parent: MessageId | undefined,
): RequestMessage {
  const request: RequestMessage = { jsonrpc: "2.0", id, method };
  if (deadlineMs === undefined && parent === undefined) {
    if (params !== undefined) request.params = params as NonNullable<RequestMessage["params"]>;
    return request;
  }
  const meta: { deadlineMs?: number; parent?: MessageId } = {};
  if (deadlineMs !== undefined) meta.deadlineMs = deadlineMs;
  if (parent !== undefined) meta.parent = parent;
  request.params = { ...params, meta } as NonNullable<RequestMessage["params"]>;
  return request;
}

function cancelledError(method: string, reason: unknown, executed: "no" | "maybe"): TauError {
  const why = reason instanceof Error && reason.name !== "AbortError" ? ` (${reason.message})` : "";
  return new TauError("cancelled", `\`${method}\` was cancelled by its caller${why}.`, { executed, cause: reason });
}

function timedOutError(method: string, timeoutMs: number): TauError {
  return new TauError("timed-out", `Expected an answer to \`${method}\` within ${timeoutMs} ms, got none.`, {
    executed: "maybe",
    retryable: true,
  });
}

function shapelessAnswer(method: string): TauError {
  return new TauError(
    "protocol-violation",
    `Expected the answer to \`${method}\` to have a \`result\` or an \`error\`, got neither.`,
  );
}
