import { type FailureMessage, type MessageId, TauError, type RequestMeta, type SuccessMessage } from "tau-protocol";
import { InFlight } from "./in-flight.ts";
import { errorText, toWireError } from "./wire-error.ts";

/** What the handler of a request knows of it. */
export interface RequestContext {
  id: MessageId;
  meta: RequestMeta;
  /** Aborts when the other side cancels, or when the channel ends. */
  readonly signal: AbortSignal;
  /** Sends a partial answer. Ignored after the answer. */
  progress(value: unknown): void;
}

/** Answers a request with its result, or throws. Called once per request. */
export type RequestHandler = (params: Record<string, unknown>, context: RequestContext) => unknown;

export interface IncomingOptions {
  handlers: Readonly<Record<string, RequestHandler>>;
  send: (message: SuccessMessage | FailureMessage) => void;
  sendProgress: (id: MessageId, value: unknown) => void;
}

/** The requests of the other side, from arrival to the one final answer. */
export class Incoming {
  #lastId = 0;
  readonly #served = new InFlight<Served>();
  readonly #options: IncomingOptions;

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#served.size;
  }

  /** False when the id was used before: such a request is not run. */
  serve(id: MessageId, method: string, params: Record<string, unknown>): boolean {
    const handler = Object.hasOwn(this.#options.handlers, method) ? this.#options.handlers[method] : undefined;
    return this.serveWith(id, handler ?? (() => refuse(method)), params);
  }

  /** Like `serve`, by a handler of the caller's. */
  serveWith(id: MessageId, handler: RequestHandler, params: Record<string, unknown> = {}): boolean {
    if (id <= this.#lastId) return false;
    this.#lastId = id;
    this.#run(handler, new Served(id, params, this.#options.sendProgress), params);
    return true;
  }

  cancel(id: MessageId, reason: string): void {
    this.#served.get(id)?.abort(reason);
  }

  /** The channel is gone: whoever still works may stop. Nothing is answered. */
  abortAll(): void {
    for (const request of this.#served.all()) {
      this.#served.take(request.id);
      request.finished = true;
      request.abort("channel-closed");
    }
  }

  #run(handler: RequestHandler, served: Served, params: Record<string, unknown>): void {
    let answer: unknown;
    let later: boolean;
    try {
      answer = handler(params, served);
      later = isThenable(answer);
    } catch (error) {
      this.#fail(served, error);
      return;
    }
    if (!later) {
      this.#succeed(served, answer);
      return;
    }
    // Only what takes time can be cancelled, so only that is kept.
    this.#served.add(served);
    (answer as PromiseLike<unknown>).then(
      (result) => this.#succeed(served, result),
      (error: unknown) => this.#fail(served, error),
    );
  }

  #succeed(served: Served, result: unknown): void {
    if (!this.#finish(served)) return;
    const { id } = served;
    try {
      // JSON leaves these out without a word, and an answer without a result is none.
      if (typeof result === "function" || typeof result === "symbol")
        throw new TypeError(`a ${typeof result} is not JSON`);
      this.#options.send({ jsonrpc: "2.0", id, result: (result ?? {}) as SuccessMessage["result"] });
    } catch (error) {
      // Too large, or not JSON (a cycle, a BigInt): the work is done, only its answer can't be told.
      this.#sendFailure(id, unsendable(error));
    }
  }

  #fail(served: Served, error: unknown): void {
    if (this.#finish(served)) this.#sendFailure(served.id, error);
  }

  /** True once for each request. */
  #finish(served: Served): boolean {
    if (served.finished) return false;
    served.finished = true;
    this.#served.take(served.id);
    return true;
  }

  #sendFailure(id: MessageId, error: unknown): void {
    const failure: FailureMessage = { jsonrpc: "2.0", id, error: toWireError(error, "internal-error") };
    try {
      this.#options.send(failure);
    } catch {
      this.#sendShortFailure(id);
    }
  }

  /** The error itself can't be told either: says that, shortly. */
  #sendShortFailure(id: MessageId): void {
    const short = new TauError("internal-error", "The error of this request could not be sent.");
    try {
      this.#options.send({ jsonrpc: "2.0", id, error: toWireError(short, "internal-error") });
    } catch {
      // The other side reads lines of a few bytes only. What it asks for must not end this side.
    }
  }
}

class Served implements RequestContext {
  readonly id: MessageId;
  finished = false;
  readonly #params: Record<string, unknown>;
  readonly #sendProgress: IncomingOptions["sendProgress"];
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  constructor(id: MessageId, params: Record<string, unknown>, sendProgress: IncomingOptions["sendProgress"]) {
    this.id = id;
    this.#params = params;
    this.#sendProgress = sendProgress;
  }

  progress(value: unknown): void {
    if (!this.finished) this.#sendProgress(this.id, value);
  }

  get meta(): RequestMeta {
    const { meta } = this.#params;
    return typeof meta === "object" && meta !== null ? meta : {};
  }

  /** Made when first asked for: most requests are never cancelled, and most handlers never look. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  abort(reason: string): void {
    this.#abortReason = new TauError("cancelled", `The caller gave up on this request (${reason}).`);
    // What `fetch` and friends reject with: `error.name === "AbortError"` is what authors test for.
    this.#abortReason.name = "AbortError";
    this.#controller?.abort(this.#abortReason);
  }
}

function refuse(method: string): never {
  throw new TauError("method-not-found", `Expected a method this side knows, got \`${method}\`.`, { executed: "no" });
}

function unsendable(error: unknown): TauError {
  const kind = error instanceof TauError && error.code === "message-too-large" ? error.code : "internal-error";
  return new TauError(kind, `The work was done, but its result can't be sent: ${errorText(error)}`, {
    executed: "yes",
  });
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
