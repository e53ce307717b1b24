import { MAX_QUEUED_BYTES, type Message, type MessageId, type NotificationMessage, TauError } from "tau-protocol";
import type { Channel, ChannelFault } from "./channel.ts";
import { systemClock } from "./clock.ts";
import { Incoming, type RequestHandler } from "./incoming.ts";
import { Outgoing, type ParentRequest } from "./outgoing.ts";
import { oversizedOwner } from "./oversized.ts";
import type { Peer, PeerFault, PeerOptions } from "./peer-api.ts";
import type { RequestOptions } from "./pending-request.ts";
import type { SharedNotification } from "./shared-notification.ts";

export function createPeer<Requests extends object, Notifications extends object>(
  channel: Channel,
  options: PeerOptions = {},
): Peer<Requests, Notifications> {
  const core = new PeerCore(channel, options);
  channel.listen({
    message: (message) => core.receive(message),
    fault: (fault) => core.receiveFault(fault),
    closed: (error) => core.receiveClose(error),
  });
  return core as unknown as Peer<Requests, Notifications>;
}

/** How much more than `maxQueuedBytes` answers may take: who only asks, and reads nothing, would fill this side with them. */
const UNREAD_FACTOR = 4;

class PeerCore {
  closed = false;
  readonly #channel: Channel;
  readonly #options: PeerOptions;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  /** The other side reads no answers, and has been told of. */
  #isUnread = false;

  constructor(channel: Channel, options: PeerOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#outgoing = new Outgoing({
      clock: options.clock ?? systemClock,
      cancelGraceMs: options.cancelGraceMs ?? 5000,
      send: (request) => channel.send(request),
      sendCancel: (id, reason) => this.notify("$/cancel", { id, reason }),
      onUnanswered: (request) => options.onUnanswered?.(request),
    });
    this.#incoming = new Incoming({
      handlers: options.requests ?? {},
      send: (message) => this.#answer(message),
      sendProgress: (id, value) => this.notify("$/progress", { id, value }),
    });
  }

  get congested(): boolean {
    return this.#overloaded();
  }

  get pending(): number {
    return this.#outgoing.size;
  }

  get serving(): number {
    return this.#incoming.size;
  }

  setMaxSendBytes(bytes: number): void {
    this.#channel.maxSendBytes = bytes;
  }

  request(method: string, params: object | undefined, options: RequestOptions = {}): Promise<unknown> {
    if (this.closed) return Promise.reject(this.#closeError(method, "no"));
    if (this.#overloaded()) return Promise.reject(this.#overloadError(method));
    return this.#outgoing.start(method, params, options);
  }

  notify(method: string, params: object): boolean {
    return this.#notify({ jsonrpc: "2.0", method, params } as NotificationMessage);
  }

  notifyShared(notification: SharedNotification): boolean {
    return this.#notify(notification as NotificationMessage);
  }

  /** Answers are never dropped (M-9), except of somebody who reads none. */
  #answer(message: Message): void {
    if (this.#isUnread) return;
    this.#channel.send(message);
    const { maxQueuedBytes = MAX_QUEUED_BYTES, onUnread } = this.#options;
    if (onUnread === undefined || this.#channel.queuedBytes <= maxQueuedBytes * UNREAD_FACTOR) return;
    this.#isUnread = true;
    onUnread(this.#channel.queuedBytes);
  }

  #notify(notification: NotificationMessage): boolean {
    if (this.closed || this.#overloaded()) return false;
    try {
      this.#channel.send(notification);
      return true;
    } catch (error) {
      this.#fault({ kind: "handler-failed", method: notification.method, error });
      return false;
    }
  }

  parent(id: MessageId): ParentRequest | undefined {
    return this.#outgoing.parent(id);
  }

  cancelAll(createError: (method: string) => TauError): void {
    this.#outgoing.cancelAll(createError);
  }

  idle(): Promise<void> {
    return this.#outgoing.idle();
  }

  close(): void {
    this.#channel.close();
  }

  // --- what the channel tells ---

  receive(message: Message): void {
    const { id, method, params, result, error } = message as unknown as Record<string, unknown>;
    if (typeof method === "string") {
      if (id === undefined) this.#receiveNotification(method, asParams(params));
      else this.#receiveRequest(id, method, asParams(params));
    } else if (id === undefined || id === null) {
      this.#fault({ kind: "invalid-message", text: describe(message) });
    } else if (typeof id !== "number" || !this.#outgoing.settle(id, result, error)) {
      this.#fault({ kind: "unknown-id", id });
    }
  }

  receiveFault(fault: ChannelFault): void {
    if (fault.kind === "oversized") this.#settleOversized(fault.head, fault.bytes);
    this.#fault(fault);
  }

  receiveClose(error?: Error): void {
    this.closed = true;
    this.#outgoing.failAll((method) => this.#closeError(method, "maybe"));
    this.#incoming.abortAll();
    this.#options.onClose?.(error);
  }

  // --- receiving ---

  #receiveRequest(id: unknown, method: string, params: Record<string, unknown>): void {
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 1) {
      this.#fault({ kind: "invalid-message", text: `request \`${method}\` with id ${describe(id)}` });
    } else if (!this.#incoming.serve(id, method, params)) {
      this.#fault({ kind: "repeated-id", id });
    }
  }

  #receiveNotification(method: string, params: Record<string, unknown>): void {
    if (method === "$/progress") {
      this.#receiveProgress(params);
    } else if (method === "$/cancel") {
      const { id, reason } = params;
      // A cancel may cross the answer on its way: an unknown id is no fault.
      if (typeof id === "number") this.#incoming.cancel(id, typeof reason === "string" ? reason : "cancelled");
    } else {
      this.#handleNotification(method, params);
    }
  }

  /** A caller's own code runs here: what it throws must not reach the channel's reader. */
  #receiveProgress({ id, value }: Record<string, unknown>): void {
    try {
      if (typeof id !== "number" || !this.#outgoing.progress(id, value)) this.#fault({ kind: "unknown-id", id });
    } catch (error) {
      this.#fault({ kind: "handler-failed", method: "$/progress", error });
    }
  }

  #handleNotification(method: string, params: Record<string, unknown>): void {
    const { notifications = {} } = this.#options;
    if (!Object.hasOwn(notifications, method)) return;
    try {
      notifications[method]?.(params);
    } catch (error) {
      this.#fault({ kind: "handler-failed", method, error });
    }
  }

  /** The connection lives on: only the request the line belonged to fails (spec/protocol.md, F-5). */
  #settleOversized(head: string, bytes: number): void {
    const owner = oversizedOwner(head);
    if (owner === undefined) return;
    const text = `a line of ${bytes} bytes, which is more than this side reads`;
    if (owner.kind === "answer") {
      const error = new TauError("message-too-large", `The answer was ${text}.`, { executed: "yes" });
      this.#outgoing.fail(owner.id, error);
      return;
    }
    const error = new TauError("message-too-large", `The request was ${text}.`, { executed: "no" });
    const refuse: RequestHandler = () => {
      throw error;
    };
    this.#incoming.serveWith(owner.id, refuse);
  }

  // --- errors ---

  #fault(fault: PeerFault): void {
    this.#options.onFault?.(fault);
  }

  #overloaded(): boolean {
    return this.#channel.queuedBytes > (this.#options.maxQueuedBytes ?? MAX_QUEUED_BYTES);
  }

  #overloadError(method: string): TauError {
    const text = `${this.#channel.queuedBytes} bytes wait to be read by the other side, so \`${method}\` was not sent. Try again later.`;
    return new TauError("overloaded", text, { executed: "no", retryable: true });
  }

  #closeError(method: string, executed: "no" | "maybe"): TauError {
    const given = this.#options.createCloseError?.(method);
    if (given !== undefined) return given;
    return new TauError("channel-closed", `The channel closed before \`${method}\` was answered.`, { executed });
  }
}

const NO_PARAMS: Record<string, unknown> = Object.freeze({});

function asParams(params: unknown): Record<string, unknown> {
  return typeof params === "object" && params !== null && !Array.isArray(params)
    ? (params as Record<string, unknown>)
    : NO_PARAMS;
}

function describe(value: unknown): string {
  const text = stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The other side may nest deeper than the stack. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "{…}";
  }
}
