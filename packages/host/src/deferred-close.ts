import type { Channel, Clock, Timer } from "tau-rpc";

export interface DeferredCloseOptions {
  /** The process at the other end has exited. */
  exited: Promise<unknown>;
  /** The channel has ended; resolves when what it is the end of is known. */
  settle(): Promise<void>;
  clock: Clock;
}

/** How long the last words of a process may take from its exit to here. */
const LAST_WORDS_MS = 500;

/**
 * The same channel, whose end is told with the end of the process. A channel ends a moment before the exit code is known, and
 * every call in flight wants to be told that code. And a channel may never end, when the process has handed it to another one
 * that got away: nobody is left to answer then either.
 */
export function deferClose(channel: Channel, options: DeferredCloseOptions): Channel {
  return {
    listen: (listener) => {
      let closed = false;
      let timer: Timer | undefined;
      const finish = (error?: Error): void => {
        if (closed) return;
        closed = true;
        options.clock.clearTimeout(timer);
        listener.closed(error);
      };
      void options.exited.then(() => {
        if (closed) return;
        timer = options.clock.setTimeout(() => {
          channel.close();
          finish();
        }, LAST_WORDS_MS);
      });
      channel.listen({
        message: (message) => {
          if (!closed) listener.message(message);
        },
        fault: (fault) => {
          if (!closed) listener.fault(fault);
        },
        closed: (error) => void options.settle().then(() => finish(error)),
      });
    },
    send: (message) => channel.send(message),
    close: () => channel.close(),
    get queuedBytes() {
      return channel.queuedBytes;
    },
    get maxSendBytes() {
      return channel.maxSendBytes;
    },
    set maxSendBytes(bytes) {
      channel.maxSendBytes = bytes;
    },
  };
}
