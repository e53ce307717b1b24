import { isTauError, type MessageId, type Params, type RequestMessage, type RequestMeta, TauError } from "tau-protocol";
import type { Clock } from "./clock.ts";
import { Deadlines, type Expiring } from "./deadlines.ts";
import { InFlight } from "./in-flight.ts";
import { PendingRequest, type RequestOptions } from "./pending-request.ts";
import { errorText, fromWireError } from "./wire-error.ts";

/** A request that its caller has given up on and the other side has not answered yet. */
export interface UnansweredRequest {
  id: MessageId;
  method: string;
  reason: "cancelled" | "timed-out";
}

/** A request of this side, as the other side sees it that makes requests on its behalf. */
export interface ParentRequest {
  method: string;
  params: object | undefined;
  /** Aborts when the request is settled or given up: what was asked on its behalf is nobody's any more. */
  signal: AbortSignal;
  /** Stops the clock of its deadline until the answer is called. */
  pause(): () => void;
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
  readonly #pending = new InFlight<PendingRequest>();
  readonly #deadlines: Deadlines;
  /** Given up by the caller; the answer is still owed. */
  readonly #owed = new Map<MessageId, UnansweredRequest & Expiring>();
  readonly #owedUntil: Deadlines;
  #idleWaiters: (() => void)[] = [];
  readonly #options: OutgoingOptions;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(
      () => this.#pending.all(),
      options.clock,
      (id) => this.#expire(id),
    );
    this.#owedUntil = new Deadlines(
      () => this.#owed.values(),
      options.clock,
      (id) => this.#reportUnanswered(id),
    );
  }

  /** Requests whose final answer has not come, those given up on included. */
  get size(): number {
    return this.#pending.size + this.#owed.size;
  }

  start(method: string, params: object | undefined, options: RequestOptions): Promise<unknown> {
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(cancelledError(method, signal.reason, "no"));
    const id = ++this.#lastId;
    const entry = new PendingRequest(id, method, params, options);
    const { timeoutMs } = entry;
    if (timeoutMs !== Number.POSITIVE_INFINITY) entry.expiresAt = this.#options.clock.now() + timeoutMs;
    try {
      this.#options.send(buildRequest(id, method, addMeta(params, timeoutMs, options.parent)));
    } catch (error) {
      return Promise.reject(isTauError(error) ? error : notJson(method, error));
    }
    this.#pending.add(entry);
    this.#deadlines.watch(entry.expiresAt);
    if (signal !== undefined) this.#watch(id, entry, signal);
    return entry.answer;
  }

  /** False when nobody waits for this answer. */
  settle(id: MessageId, result: unknown, error: unknown): boolean {
    const entry = this.#take(id);
    if (entry === undefined) return this.#takeOwed(id);
    // `null` stands for "no error" with those who always write both fields.
    if (error !== undefined && error !== null) entry.reject(fromWireError(error));
    else if (result !== undefined) entry.resolve(result);
    else entry.reject(shapelessAnswer(entry.method));
    return true;
  }

  /** Rejects one request for a local reason; the answer, if it comes, is nobody's any more. */
  fail(id: MessageId, error: TauError): boolean {
    const entry = this.#take(id);
    if (entry === undefined) return this.#takeOwed(id);
    entry.reject(error);
    return true;
  }

  progress(id: MessageId, value: unknown): boolean {
    const entry = this.#pending.get(id);
    entry?.onProgress?.(value);
    return entry !== undefined || this.#owed.has(id);
  }

  /** A request that is still waiting for its answer. */
  parent(id: MessageId): ParentRequest | undefined {
    const entry = this.#pending.get(id);
    if (entry === undefined) return undefined;
    entry.ended ??= new AbortController();
    const { method, params, ended } = entry;
    return { method, params, signal: ended.signal, pause: () => this.#pause(entry) };
  }

  /** Rejects everything and tells the other side, which still owes its answers. */
  cancelAll(createError: (method: string) => TauError): void {
    for (const { id, method } of this.#pending.all()) this.#giveUp(id, "cancelled", createError(method));
  }

  /** Resolves when no answer is owed. */
  idle(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Rejects everything: the channel is gone. */
  failAll(createError: (method: string) => TauError): void {
    this.#owed.clear();
    this.#owedUntil.clear();
    for (const { id, method } of this.#pending.all()) this.fail(id, createError(method));
    this.#deadlines.clear();
    this.#noteAnswer();
  }

  /** Whoever resumes twice resumes once. */
  #pause(entry: PendingRequest): () => void {
    const { clock } = this.#options;
    if (entry.pauses++ === 0) {
      entry.timeLeftMs = entry.expiresAt - clock.now();
      entry.expiresAt = Number.POSITIVE_INFINITY;
    }
    let isPaused = true;
    return () => {
      if (!isPaused) return;
      isPaused = false;
      if (--entry.pauses > 0) return;
      entry.expiresAt = clock.now() + entry.timeLeftMs;
      this.#deadlines.watch(entry.expiresAt);
    };
  }

  #take(id: MessageId): PendingRequest | undefined {
    const entry = this.#pending.take(id);
    if (entry === undefined) return undefined;
    if (entry.onAbort !== undefined) entry.signal?.removeEventListener("abort", entry.onAbort);
    entry.ended?.abort(new TauError("cancelled", `\`${entry.method}\`, on whose behalf this was asked, has ended.`));
    this.#noteAnswer();
    return entry;
  }

  #takeOwed(id: MessageId): boolean {
    if (!this.#owed.delete(id)) return false;
    this.#noteAnswer();
    return true;
  }

  #noteAnswer(): void {
    if (this.#idleWaiters.length === 0 || this.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #watch(id: MessageId, entry: PendingRequest, signal: AbortSignal): void {
    entry.onAbort = () => this.#giveUp(id, "cancelled", cancelledError(entry.method, signal.reason, "maybe"));
    signal.addEventListener("abort", entry.onAbort, { once: true });
  }

  #expire(id: MessageId): void {
    const entry = this.#pending.get(id);
    if (entry !== undefined) this.#giveUp(id, "timed-out", timedOutError(entry.method, entry.timeoutMs));
  }

  /** The caller is told at once; the other side still owes its answer, and is given a while for it. */
  #giveUp(id: MessageId, reason: UnansweredRequest["reason"], error: TauError): void {
    const method = this.#pending.get(id)?.method;
    if (method === undefined) return;
    const expiresAt = this.#options.clock.now() + this.#options.cancelGraceMs;
    this.#owed.set(id, { id, method, reason, expiresAt });
    this.#owedUntil.watch(expiresAt);
    this.#options.sendCancel(id, reason);
    this.#take(id)?.reject(error);
  }

  #reportUnanswered(id: MessageId): void {
    const owed = this.#owed.get(id);
    if (owed === undefined) return;
    this.#owed.delete(id);
    this.#options.onUnanswered({ id, method: owed.method, reason: owed.reason });
  }
}

function buildRequest(id: MessageId, method: string, params: object | undefined): RequestMessage {
  const request = { jsonrpc: "2.0", id, method } as const;
  return params === undefined ? request : { jsonrpc: "2.0", id, method, params: params as Params };
}

/** A copy only where there is something to add. */
function addMeta(params: object | undefined, deadlineMs: number, parent: MessageId | undefined): object | undefined {
  const limited = deadlineMs !== Number.POSITIVE_INFINITY;
  if (!limited && parent === undefined) return params;
  const meta: RequestMeta = { ...(params as { meta?: RequestMeta } | undefined)?.meta };
  if (limited) meta.deadlineMs = deadlineMs;
  if (parent !== undefined) meta.parent = parent;
  return Object.assign({}, params, { meta });
}

function cancelledError(method: string, reason: unknown, executed: "no" | "maybe"): TauError {
  const why = reason instanceof Error && reason.name !== "AbortError" ? ` (${reason.message})` : "";
  return new TauError("cancelled", `\`${method}\` was cancelled by its caller${why}.`, { executed, cause: reason });
}

function notJson(method: string, error: unknown): TauError {
  const text = `Expected params for \`${method}\` that are JSON, got ones that are not: ${errorText(error)}`;
  return new TauError("invalid-params", text, { executed: "no", cause: error });
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
