// vscode-jsonrpc, the library of the language servers, over stdio.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { childPath } from "../lib/fd3-child.mjs";

export function open() {
  const child = spawn(process.execPath, [childPath("jsonrpc-echo.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const close = async () => {
    const exited = once(child, "exit");
    connection.dispose();
    child.stdin.end();
    await exited;
  };
  return {
    pid: child.pid,
    echo: (/** @type {string} */ text) => connection.sendRequest("echo", { text }),
    produce: (/** @type {number} */ bytes) => connection.sendRequest("produce", { bytes }),
    close,
  };
}
