// Starts a child of children/ with a socket on its fd 3, as tau does.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** @param {string} file */
export const childPath = (file) => fileURLToPath(new URL(`../children/${file}`, import.meta.url));

/** @param {string} file */
export function spawnOnFd3(file) {
  const child = spawn(process.execPath, [childPath(file)], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const socket = /** @type {import("node:net").Socket} */ (child.stdio[3]);
  const close = () =>
    new Promise((resolve) => {
      child.once("exit", () => resolve(undefined));
      socket.end();
    });
  return { pid: child.pid, socket, close };
}
