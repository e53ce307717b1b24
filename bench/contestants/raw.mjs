// Bytes to and from another Node process: no lines, no JSON, no ids. Nothing that speaks to a process can be faster.
import { spawnOnFd3 } from "../lib/fd3-child.mjs";

export function open() {
  const { pid, socket, close } = spawnOnFd3("raw-echo.cjs");
  /** @type {{ bytes: number, resolve: (value: undefined) => void }[]} */
  const waiting = [];
  let received = 0;

  socket.on("data", (chunk) => {
    received += chunk.length;
    while (waiting.length > 0 && received >= waiting[0].bytes) {
      const { bytes, resolve } = waiting.shift();
      received -= bytes;
      resolve(undefined);
    }
  });

  const echo = (/** @type {string} */ text) =>
    new Promise((resolve) => {
      waiting.push({ bytes: text.length, resolve });
      socket.write(text, "latin1");
    });

  return { pid, echo, close };
}
