import { closeSync, constants, openSync } from "node:fs";
import type { OnReadOpts, Socket, SocketConstructorOpts } from "node:net";

/** Where a channel is read and where it is written: one and the same where it is a socket. */
export interface ChannelEnds {
  reads: Socket;
  writes: Socket;
}

/** Opens them. What is read goes into the buffer given. */
export type OpenEnds = (onread: OnReadOpts) => ChannelEnds;

/** Of a channel: one and the same where it is a socket. */
export interface Descriptors {
  read: number;
  write: number;
}

/** Node takes `onread` here as in `connect`; its types do not know it. Its module is loaded with the first socket. */
export function openFds({ read, write }: Descriptors): OpenEnds {
  return (onread) => {
    const { Socket } = process.getBuiltinModule("node:net");
    if (read === write) {
      const socket = new Socket({ fd: read, onread } as SocketConstructorOpts);
      return { reads: socket, writes: socket };
    }
    const reads = new Socket({ fd: read, onread, readable: true, writable: false } as SocketConstructorOpts);
    return { reads, writes: new Socket({ fd: write, readable: false, writable: true }) };
  };
}

/**
 * Two pipes, by their names. Somebody must have opened the one that is written to.
 * @throws Error `ENXIO` where nobody has
 */
export function openPipes(paths: { read: string; write: string }): Descriptors {
  const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
  const write = openSync(paths.write, O_WRONLY | O_NONBLOCK);
  try {
    return { read: openSync(paths.read, O_RDONLY | O_NONBLOCK), write };
  } catch (error) {
    closeSync(write);
    throw error;
  }
}
