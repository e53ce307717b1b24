import { DEFAULT_MAX_LINE_BYTES, type Message, TauError, type WireErrorKind } from "tau-protocol";
import {
  type Channel,
  type ChannelFault,
  type ChannelListener,
  decodeLine,
  textOf,
  tooLarge,
  toWireError,
} from "tau-rpc";
import type { GuestHost } from "./host-functions.ts";

/** What has failed when a request's turn was ended. */
const FAILURES: Readonly<Record<string, WireErrorKind>> = {
  hello: "setup-failed",
  "tool/execute": "tool-failed",
  "hook/run": "hook-failed",
};

/** The guest's end: the runner cuts bytes into lines and hands them over, one for each turn. */
export class GuestChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly #host: GuestHost;
  #listener: ChannelListener | undefined;
  /** The request that the present turn began with, until it is answered. */
  #current: { id: number; method: string } | undefined;
  /** Requests that were answered for the author, whose own answer may still come. */
  readonly #answered = new Set<number>();

  constructor(host: GuestHost) {
    this.#host = host;
  }

  get queuedBytes(): number {
    return this.#host.queuedBytes();
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(message: Message): void {
    const { id, method } = message as { id?: number; method?: string };
    const isAnswer = id !== undefined && method === undefined;
    if (isAnswer && this.#answered.delete(id)) return;
    const bytes = this.#host.send(textOf(message), this.maxSendBytes);
    if (bytes > 0) throw tooLarge(bytes, this.maxSendBytes);
    if (isAnswer && id === this.#current?.id) this.#current = undefined;
  }

  close(): void {
    this.#host.close();
  }

  receive(line: string): void {
    this.#current = undefined;
    decodeLine(line, {
      message: (message) => {
        const { id, method } = message as { id?: unknown; method?: unknown };
        if (typeof id === "number" && typeof method === "string") this.#current = { id, method };
        this.#listener?.message(message);
      },
      fault: (fault) => this.fault(fault),
    });
  }

  fault(fault: ChannelFault): void {
    this.#listener?.fault(fault);
  }

  /** A turn that no request began belongs to nobody any more. */
  beginTurn(): void {
    this.#current = undefined;
  }

  /**
   * The present turn was ended in the middle. All that ran in it followed of the one line that it began with, so that a request there is
   * the one to fail.
   * @returns whether there was one
   */
  failCurrent(reason: string): boolean {
    if (this.#current === undefined) return false;
    const { id, method } = this.#current;
    const error = new TauError(FAILURES[method] ?? "extension-failed", reason, { executed: "maybe" });
    this.send({ jsonrpc: "2.0", id, error: toWireError(error, "extension-failed") });
    this.#answered.add(id);
    return true;
  }
}
