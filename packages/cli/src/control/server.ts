import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Host } from "tau-host";
import { TauError } from "tau-protocol";
import { type Clock, createPeer, createStreamChannel, systemClock } from "tau-rpc";
import { controlDirectory, openControlDirectory, socketName } from "./directory.ts";
import { createHandlers, type ControlIdentity } from "./handlers.ts";
import { isListening, liveSockets, removeSocket } from "./sockets.ts";

export interface ControlServerOptions extends Partial<ControlIdentity> {
  /** Whose `TAU_HOME`, or else home directory, holds the socket. @default process.env */
  env?: NodeJS.ProcessEnv;
  /** @default the machine's */
  clock?: Clock;
}

/** How long a reader may take to read its last lines, in milliseconds. One that was suspended never would. */
const LAST_LINES_MS = 200;

/** The way of `tau ext` to a host. */
export interface ControlServer extends AsyncDisposable {
  /** Of the socket. */
  readonly path: string;
  /** Takes the socket away and ends the conversations. Resolves when that is done. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Lets this user's `tau ext` see and reload a host's extensions, over a Unix socket in `$TAU_HOME/run` that nobody else may open.
 * Close it before the host.
 * @throws TauError where the directory is somebody else's; Error where there can be no socket
 */
export async function serveControl(host: Host, options: ControlServerOptions = {}): Promise<ControlServer> {
  const { env = process.env, title = "tau", cwd = process.cwd(), clock = systemClock } = options;
  const directory = controlDirectory(env);
  await openControlDirectory(directory);
  await liveSockets(directory);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    converse(socket, host, { title, cwd });
  });
  const path = await listenIn(directory, server);
  // The directory is closed to others already. This is for those who copy it about.
  await chmod(path, 0o600);
  let closing: Promise<unknown> | undefined;
  const close = async (): Promise<void> => {
    if (closing === undefined) {
      // Node removes the socket's file.
      closing = once(server, "close");
      server.close();
      for (const socket of sockets) {
        socket.end();
        clock.setTimeout(() => socket.destroy(), LAST_LINES_MS);
      }
    }
    await closing;
  };
  return { path, close, [Symbol.asyncDispose]: close };
}

function converse(socket: Socket, host: Host, identity: ControlIdentity): void {
  const channel = createStreamChannel({ readable: socket, writable: socket });
  // What another process of the user's sends wrongly gets an error as its answer, and is nobody else's concern.
  createPeer(channel, { requests: createHandlers(host, identity, channel) });
}

/** No process holds more hosts than that, one would think. */
const MAX_SOCKETS = 99;

async function listenIn(directory: string, server: Server): Promise<string> {
  for (let number = 1; number <= MAX_SOCKETS; number++) {
    const path = join(directory, socketName(process.pid, number));
    if (await listen(server, path)) return path;
    if (await isListening(path)) continue;
    // Of an earlier process with this one's number.
    await removeSocket(path);
    if (await listen(server, path)) return path;
  }
  throw new TauError("unavailable", `Expected a free name for a socket in ${directory}, found ${MAX_SOCKETS} in use.`);
}

/** False where the path is taken. */
async function listen(server: Server, path: string): Promise<boolean> {
  server.listen(path);
  try {
    await once(server, "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}
