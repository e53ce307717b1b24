import type { Message } from "tau-protocol";
import type { Channel, ChannelFault, ChannelListener, Clock, Timer } from "tau-rpc";
import { encodeLine } from "../src/encode.ts";

/** Time that moves only when a test says so. */
export class ManualClock implements Clock {
  #now = 0;
  #lastTimer = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    this.#timers.set(++this.#lastTimer, { at: this.#now + delayMs, callback });
    return this.#lastTimer;
  }

  clearTimeout(timer: Timer): void {
    this.#timers.delete(timer as number);
  }

  get armed(): number {
    return this.#timers.size;
  }

  /** Runs what falls due within `ms`, in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, left], [, right]) => left.at - right.at);
      if (next === undefined || next[1].at > end) break;
      this.#now = next[1].at;
      this.#timers.delete(next[0]);
      next[1].callback();
    }
    this.#now = end;
  }
}

/** A channel whose other side is the test: what was sent is a list, what arrives is a call. */
export class ScriptedChannel implements Channel {
  maxSendBytes = 16 * 1024 * 1024;
  queuedBytes = 0;
  readonly sent: Message[] = [];
  #listener: ChannelListener | undefined;
  #closed = false;

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(message: Message): void {
    if (!this.#closed) this.sent.push(JSON.parse(encodeLine(message, this.maxSendBytes)) as Message);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.closed();
  }

  /** Any object: the other side may be broken. */
  receive(message: object): void {
    this.#listener?.message(message as Message);
  }

  fault(fault: ChannelFault): void {
    this.#listener?.fault(fault);
  }

  /** What was sent since the last call. */
  take(): Message[] {
    return this.sent.splice(0);
  }
}

/** Lets everything that is ready run: promise reactions and ticks, no timers and no I/O. */
export function flush(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Everything a channel tells, and promises for what it will tell. */
export class Recorder implements ChannelListener {
  readonly messages: Message[] = [];
  readonly faults: ChannelFault[] = [];
  readonly order: ("message" | "fault" | "closed")[] = [];
  #closedWith: { error: Error | undefined } | undefined;
  #waiting: { ready: () => boolean; resolve: () => void }[] = [];

  message(message: Message): void {
    this.messages.push(message);
    this.order.push("message");
    this.#wake();
  }

  fault(fault: ChannelFault): void {
    this.faults.push(fault);
    this.order.push("fault");
    this.#wake();
  }

  closed(error?: Error): void {
    this.#closedWith = { error };
    this.order.push("closed");
    this.#wake();
  }

  async received(count: number): Promise<Message[]> {
    await this.#until(() => this.messages.length >= count);
    return this.messages;
  }

  async end(): Promise<Error | undefined> {
    await this.#until(() => this.#closedWith !== undefined);
    return this.#closedWith?.error;
  }

  #until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ ready, resolve }));
  }

  #wake(): void {
    const [ready, waiting] = [
      this.#waiting.filter((each) => each.ready()),
      this.#waiting.filter((each) => !each.ready()),
    ];
    this.#waiting = waiting;
    for (const { resolve } of ready) resolve();
  }
}

/** A request with recognisable content. */
export function numbered(id: number, text = ""): Message {
  return { jsonrpc: "2.0", id, method: "test", params: { text } };
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("Expected a rejection, got a result.");
}
