import { DEFAULT_MAX_LINE_BYTES, type Message, type MessageId } from "tau-protocol";
import {
  type Channel,
  type ChannelFault,
  type ChannelListener,
  createFdLines,
  decodeLine,
  encodeLine,
  type LineSocket,
} from "tau-rpc";

type Parts = { id?: MessageId; method?: string; params?: { id?: MessageId } };

/** How long a wait sleeps between two looks, in milliseconds: most answers are there within the first. */
const [FIRST_SLEEP_MS, LONGEST_SLEEP_MS] = [0.05, 5];

/**
 * A channel that can also wait for an answer while nothing else runs: a component's calls of its host answer before they return. What
 * comes meanwhile for others keeps its order and its turn; only pings are answered at once, for who waits is not stuck.
 */
export class BlockingChannel implements Channel {
  maxSendBytes = DEFAULT_MAX_LINE_BYTES;
  readonly #lines: LineSocket;
  readonly #waiting: (Message | ChannelFault)[] = [];
  readonly #still = new Int32Array(new SharedArrayBuffer(4));
  #listener: ChannelListener | undefined;
  #isDelivering = false;
  /** The last request that was sent, and the one of the host's that is being answered. */
  #lastSent: MessageId | undefined;
  #current: MessageId | undefined;

  constructor(fds: { fd: number; writeFd: number }) {
    const note = (item: Message | ChannelFault): void => {
      this.#waiting.push(item);
      // Never in the middle of reading: what a message leads to may read on.
      if (this.#waiting.length === 1 && !this.#isDelivering) process.nextTick(() => this.#deliver());
    };
    this.#lines = createFdLines({
      ...fds,
      listener: {
        line: (text) => decodeLine(text, { message: note, fault: note }),
        oversized: (head, bytes) => note({ kind: "oversized", head, bytes }),
        endless: (bytes) => note({ kind: "endless-line", bytes }),
        notUtf8: (text) => note({ kind: "not-utf8", text }),
        closed: (error) => this.#listener?.closed(error),
      },
    });
  }

  get queuedBytes(): number {
    return this.#lines.queuedBytes;
  }

  /** The request of the host's that is being answered. */
  get current(): MessageId | undefined {
    return this.#current;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(message: Message): void {
    const { id, method } = message as Parts;
    const line = encodeLine(message, this.maxSendBytes);
    if (id !== undefined && method !== undefined) this.#lastSent = id;
    while (!this.#lines.tryWrite(line)) this.#sleep(FIRST_SLEEP_MS);
  }

  close(): void {
    this.#lines.close();
  }

  /**
   * The answer to the request that was sent last, which its own caller gets too.
   * @returns `undefined` when the call on whose behalf it was made is given up
   */
  awaitAnswer(): Message | undefined {
    const wanted = this.#lastSent;
    for (let looked = 0, sleepMs = FIRST_SLEEP_MS; ;) {
      for (; looked < this.#waiting.length; looked++) {
        const item = this.#waiting[looked] as Message;
        const { id, method, params } = item as Parts;
        if (id === wanted && method === undefined) {
          this.#waiting.splice(looked, 1);
          this.#listener?.message(item);
          return item;
        }
        if (method === "$/cancel" && params?.id === this.#current) return undefined;
        if (method === "ping" && id !== undefined) {
          this.#waiting.splice(looked--, 1);
          this.send({ jsonrpc: "2.0", id, result: {} });
        }
      }
      if (this.#lines.pull()) continue;
      this.#sleep(sleepMs);
      sleepMs = Math.min(sleepMs * 2, LONGEST_SLEEP_MS);
    }
  }

  #deliver(): void {
    this.#isDelivering = true;
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      if ("kind" in item) {
        this.#listener?.fault(item);
        continue;
      }
      const { id, method } = item as Parts;
      this.#current = method === undefined ? undefined : id;
      this.#listener?.message(item);
      this.#current = undefined;
    }
    this.#isDelivering = false;
  }

  #sleep(ms: number): void {
    Atomics.wait(this.#still, 0, 0, ms);
  }
}
