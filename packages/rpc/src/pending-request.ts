import type { MessageId, TauError } from "tau-protocol";
import type { Expiring } from "./deadlines.ts";

export interface RequestOptions {
  /** Cancels: the other side is told, the promise rejects at once with `cancelled`. */
  signal?: AbortSignal | undefined;
  /** Time for the answer, in milliseconds. The other side is told it. Absent or Infinity: no deadline. */
  timeoutMs?: number;
  /** Partial answers, in order, before the answer. Must not throw. */
  onProgress?: ((value: unknown) => void) | undefined;
  /** The request of the other side for which this one is made. */
  parent?: MessageId;
}

/**
 * A request that waits for its answer. A class and no object literal: its times are whole numbers, fractions or Infinity, and V8
 * goes on making a literal in the shape that it had before the first fraction came, and converts each of them when it is answered.
 */
export class PendingRequest implements Expiring {
  readonly id: MessageId;
  readonly method: string;
  readonly params: object | undefined;
  readonly timeoutMs: number;
  expiresAt = Number.POSITIVE_INFINITY;
  readonly onProgress: RequestOptions["onProgress"];
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined = undefined;
  /** Made when something is asked on this request's behalf. */
  ended: AbortController | undefined = undefined;
  /** How many stop its clock at the moment, and the time that was left when the first did. */
  pauses = 0;
  timeLeftMs = 0;
  /** What the caller is given. */
  readonly answer: Promise<unknown>;
  resolve!: (this: void, value: unknown) => void;
  reject!: (this: void, error: TauError) => void;

  constructor(id: MessageId, method: string, params: object | undefined, options: RequestOptions) {
    this.id = id;
    this.method = method;
    this.params = params;
    this.timeoutMs = options.timeoutMs ?? Number.POSITIVE_INFINITY;
    this.onProgress = options.onProgress;
    this.signal = options.signal;
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
