import { unlink } from "node:fs/promises";
import { connect } from "node:net";
import { type ControlSocket, controlSockets } from "./directory.ts";

/**
 * The sockets that somebody listens on. Those of processes that were killed, which nobody took away, are removed.
 * @throws TauError where the directory is somebody else's
 */
export async function liveSockets(directory: string): Promise<ControlSocket[]> {
  const sockets = await controlSockets(directory);
  const listening = await Promise.all(sockets.map(({ path }) => isListening(path)));
  const dead = sockets.filter(({ pid }, index) => !listening[index] && !isAlive(pid));
  await Promise.all(dead.map(({ path }) => removeSocket(path)));
  return sockets.filter((_, index) => listening[index]);
}

export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Any other error, such as a full queue of a process that is stopped, comes from somebody who is there.
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED" && code !== "ENOENT"));
  });
}

export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    // Somebody else has been faster.
    if (error.code !== "ENOENT") throw error;
  });
}

/** One that is alive and refuses is about to listen, or has the number of one that is gone. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
