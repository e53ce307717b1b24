import { createServer, type Socket } from "node:net";
import { join } from "node:path";

/**
 * Sockets on which the launcher waits for one connection of the host's each, at paths only this user can reach. The connection becomes
 * a process's channel.
 */
export class ChannelListeners {
  readonly #directory: () => string;
  readonly #connections = new Map<string, Promise<Socket>>();
  #count = 0;

  /** @param directory asked each time: it may have to be made again */
  constructor(directory: () => string) {
    this.#directory = directory;
  }

  /** @returns the path */
  async listen(): Promise<string> {
    const path = join(this.#directory(), `channel-${++this.#count}`);
    // Paused: not one byte for the process may be read here.
    const server = createServer({ pauseOnConnect: true });
    server.maxConnections = 1;
    const connection = new Promise<Socket>((resolve) => {
      server.once("connection", (socket) => {
        server.close();
        resolve(socket);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    this.#connections.set(path, connection);
    return path;
  }

  /** The host's connection, once. Throws where nobody listens. */
  take(path: string): Promise<Socket> {
    const connection = this.#connections.get(path);
    this.#connections.delete(path);
    if (connection === undefined) throw new Error(`Nobody listens at ${path}.`);
    return connection;
  }
}
