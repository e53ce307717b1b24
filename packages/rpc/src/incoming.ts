import { type FailureMessage, type MessageId, TauError, type RequestMeta, type SuccessMessage } from "tau-protocol";
import { toWireError } from "./wire-error.ts";

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
  send(message: SuccessMessage | FailureMessage): void;
  sendProgress(id: MessageId, value: unknown): void;
}

/** The requests of the other side, from arrival to the one final answer. */
export class Incoming {
  #lastId = 0;
  #served = new Map<MessageId, Served>();
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
    const served = new Served(id, params, (value) => {
      if (this.#served.has(id)) this.#options.sendProgress(id, value);
    });
    this.#served.set(id, served);
    this.#run(handler, served, params);
    return true;
  }

  cancel(id: MessageId, reason: string): void {
    this.#served.get(id)?.abort(reason);
  }

  /** The channel is gone: whoever still works may stop. Nothing is answered. */
  abortAll(): void {
    const served = [...this.#served.values()];
    this.#served.clear();
    for (const request of served) request.abort("channel-closed");
  }

  #run(handler: RequestHandler, served: Served, params: Record<string, unknown>): void {
    let answer: unknown;
    try {
      answer = handler(params, served);
    } catch (error) {
      this.#fail(served.id, error);
      return;
    }
    if (!isThenable(answer)) {
      this.#succeed(served.id, answer);
      return;
    }
    answer.then(
      (result) => this.#succeed(served.id, result),
      (error: unknown) => this.#fail(served.id, error),
    );
  }

  #succeed(id: MessageId, result: unknown): void {
    if (!this.#served.delete(id)) return;
    try {
      this.#options.send({ jsonrpc: "2.0", id, result: (result ?? {}) as SuccessMessage["result"] });
    } catch (error) {
      // Too large, or not JSON (a cycle, a BigInt): the work is done, only its answer can't be told.
      this.#sendFailure(id, unsendable(error));
    }
  }

  #fail(id: MessageId, error: unknown): void {
    if (this.#served.delete(id)) this.#sendFailure(id, error);
  }

  #sendFailure(id: MessageId, error: unknown): void {
    const failure: FailureMessage = { jsonrpc: "2.0", id, error: toWireError(error, "internal-error") };
    try {
      this.#options.send(failure);
    } catch {
      // The error itself can't be told either: say that, shortly. This one always fits.
      const short = new TauError("internal-error", "The error of this request could not be sent.");
      this.#options.send({ jsonrpc: "2.0", id, error: toWireError(short, "internal-error") });
    }
  }
}

class Served implements RequestContext {
  readonly id: MessageId;
  readonly progress: (value: unknown) => void;
  readonly #params: Record<string, unknown>;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  constructor(id: MessageId, params: Record<string, unknown>, progress: (value: unknown) => void) {
    this.id = id;
    this.#params = params;
    this.progress = progress;
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
  const text = error instanceof Error ? error.message : String(error);
  return new TauError(kind, `The work was done, but its result can't be sent: ${text}`, { executed: "yes" });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
