import type { MessageId, TauError } from "tau-protocol";
import type { ChannelFault } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { RequestHandler } from "./incoming.ts";
import type { ParentRequest, UnansweredRequest } from "./outgoing.ts";
import type { RequestOptions } from "./pending-request.ts";
import type { SharedNotification } from "./shared-notification.ts";

/** Requests by method: `{ "tool/execute": { params: …; result: … } }`. */
export type RequestMap = { [Method in string]: { params: object; result: unknown } };

/** Something the other side did that the protocol does not allow. Logged and survived. */
export type PeerFault =
  | ChannelFault
  | { kind: "invalid-message"; text: string }
  | { kind: "unknown-id"; id: unknown }
  | { kind: "repeated-id"; id: MessageId }
  | { kind: "handler-failed"; method: string; error: unknown };

export interface PeerOptions {
  /** Answers to the other side's requests. An unknown method is answered with `method-not-found`. */
  requests?: Readonly<Record<string, RequestHandler>>;
  /** Unknown notifications are ignored. A handler that throws is reported as a fault. */
  notifications?: Readonly<Record<string, (params: Record<string, unknown>) => void>>;
  onFault?: (fault: PeerFault) => void;
  /** Once, when the channel has ended and every request has settled. */
  onClose?: (error?: Error) => void;
  /** The other side owes an answer and does not give it. @default nothing */
  onUnanswered?: (request: UnansweredRequest) => void;
  /** How long the answer to a cancelled request may take before `onUnanswered`. @default 5000 */
  cancelGraceMs?: number;
  /** What may be queued before new requests fail with `overloaded`. @default 64 MiB */
  maxQueuedBytes?: number;
  /** Once: four times as much waits in answers, so that the other side only asks. No answer is sent any more. @default they wait without end */
  onUnread?: (bytes: number) => void;
  /** The error that pending requests get when the channel ends. @default `channel-closed` */
  createCloseError?: (method: string) => TauError;
  clock?: Clock;
}

/** One side of a conversation. Knows ids, answers, cancels and deadlines, and nothing of what the methods mean. */
export interface Peer<Requests extends object, Notifications extends object> {
  /**
   * Resolves with the result. Rejects with a TauError, always: the other side's own, `cancelled`, `timed-out`,
   * `overloaded`, `message-too-large`, `channel-closed`.
   */
  request<Name extends keyof Requests & string>(
    method: Name,
    params: ParamsOf<Requests, Name>,
    options?: RequestOptions,
  ): Promise<ResultOf<Requests, Name>>;
  /** Never fails: what a closed or overloaded channel can't take is dropped, and `false` says so. */
  notify<Name extends keyof Notifications & string>(method: Name, params: Notifications[Name]): boolean;
  /** The same for a notification that other peers get as well, which is made into text once for all of them. */
  notifyShared(notification: SharedNotification): boolean;
  /** The request of this side that the other side names as the parent of its own, while it waits for its answer. */
  parent(id: MessageId): ParentRequest | undefined;
  /** Rejects every pending request and cancels it on the other side. */
  cancelAll(createError: (method: string) => TauError): void;
  /** Resolves when the other side owes no answer any more, to requests given up on included. */
  idle(): Promise<void>;
  /** Ends the channel after what is queued. */
  close(): void;
  readonly closed: boolean;
  /** So much waits to be read by the other side that new requests of this side fail. */
  readonly congested: boolean;
  /** Requests of this side without a final answer. */
  readonly pending: number;
  /** Requests of the other side being worked on. */
  readonly serving: number;
  /** The longest line the other side reads, in bytes. */
  setMaxSendBytes(bytes: number): void;
}

type ParamsOf<Requests, Name extends keyof Requests> = Requests[Name] extends { params: infer P } ? P : never;
type ResultOf<Requests, Name extends keyof Requests> = Requests[Name] extends { result: infer R } ? R : never;
