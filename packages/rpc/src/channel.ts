import type { Message } from "tau-protocol";

/** Something that came over a channel and is not a message. None of them ends the channel. */
export type ChannelFault =
  /** Not JSON, or not an object: a stray print, most likely. */
  | { kind: "not-a-message"; text: string }
  /** Text in front of a message on the same line. The message itself is delivered. */
  | { kind: "stray-text"; text: string }
  | { kind: "not-utf8"; text: string }
  /** Skipped. `head` is its first KiB. */
  | { kind: "oversized"; head: string; bytes: number }
  /** A line goes on and on: whoever sends it floods the channel. */
  | { kind: "endless-line"; bytes: number }
  /** The stream ended in the middle of a line. */
  | { kind: "unfinished-line"; text: string };

/** The three things a channel tells. None of them may throw. */
export interface ChannelListener {
  message(message: Message): void;
  fault(fault: ChannelFault): void;
  /** Once, and nothing after it. `error` when the channel broke rather than ended. */
  closed(error?: Error): void;
}

/** Moves messages. Knows nothing of requests. */
export interface Channel {
  /** Starts reading. Called once. */
  listen(listener: ChannelListener): void;
  /**
   * Queues one message; all messages of a tick leave in one write. Does nothing once the channel is closed.
   * @throws TauError `message-too-large` when the other side would not read it. Nothing is sent then.
   */
  send(message: Message): void;
  /** Sends what is queued, then ends the channel. `closed` follows. May be called more than once. */
  close(): void;
  /** Bytes accepted by `send` and not yet taken by the operating system. */
  readonly queuedBytes: number;
  /** The longest line the other side reads. Set from the handshake. */
  maxSendBytes: number;
}
