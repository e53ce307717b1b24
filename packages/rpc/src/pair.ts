import { DEFAULT_MAX_LINE_BYTES, type Message } from "tau-protocol";
import type { Channel, ChannelListener } from "./channel.ts";
import { encodeLine } from "./encode.ts";

/**
 * Two ends of one channel in the same process, for tests and embedding. Messages are encoded and decoded as on a pipe,
 * and arrive in a later microtask, so that nothing works here that would not work between processes.
 */
export function createChannelPair(): [Channel, Channel] {
  const left = new MemoryChannel();
  const right = new MemoryChannel();
  left.connect(right);
  right.connect(left);
  return [left, right];
}

class MemoryChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly queuedBytes = 0;
  #peer: MemoryChannel | undefined;
  #listener: ChannelListener | undefined;
  #early: string[] = [];
  #closed = false;

  connect(peer: MemoryChannel): void {
    this.#peer = peer;
  }

  listen(listener: ChannelListener): void {
    // Later, as from a pipe: whoever listens is still being made.
    queueMicrotask(() => {
      this.#listener = listener;
      for (const line of this.#early.splice(0)) this.#deliver(line);
      if (this.#closed) listener.closed();
    });
  }

  send(message: Message): void {
    if (this.#closed) return;
    const line = encodeLine(message, this.maxSendBytes);
    const peer = this.#peer;
    queueMicrotask(() => peer?.receive(line));
  }

  close(): void {
    if (this.#closed) return;
    const peer = this.#peer;
    queueMicrotask(() => {
      this.end();
      peer?.end();
    });
  }

  receive(line: string): void {
    if (this.#closed) return;
    if (this.#listener === undefined) this.#early.push(line);
    else this.#deliver(line);
  }

  #deliver(line: string): void {
    this.#listener?.message(JSON.parse(line) as Message);
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.closed();
  }
}
