import type { Channel, ChannelListener } from "tau-rpc";

/**
 * The same channel, heard by `first` until somebody else listens. Who listens later is told of an end that came before, and of
 * nothing else: what was said to `first` was not meant for them.
 */
export function createHandoverChannel(channel: Channel, first: ChannelListener): Channel {
  let listener = first;
  let end: { error: Error | undefined } | undefined;
  channel.listen({
    message: (message) => listener.message(message),
    fault: (fault) => listener.fault(fault),
    closed: (error) => {
      end = { error };
      listener.closed(error);
    },
  });
  return {
    listen: (next) => {
      listener = next;
      if (end === undefined) return;
      const { error } = end;
      // Later, as from a socket: whoever listens is still being made.
      queueMicrotask(() => next.closed(error));
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
