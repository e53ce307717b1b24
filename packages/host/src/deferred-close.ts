import type { Channel } from "tau-rpc";

/**
 * The same channel, whose end is told only after `settled`. A process's channel ends a moment before its exit code is known,
 * and every call in flight wants to be told that code.
 */
export function deferClose(channel: Channel, settled: () => Promise<void>): Channel {
  return {
    listen: (listener) =>
      channel.listen({
        message: (message) => listener.message(message),
        fault: (fault) => listener.fault(fault),
        closed: (error) => void settled().then(() => listener.closed(error)),
      }),
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
