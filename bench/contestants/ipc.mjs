// Node's own channel to a child: fork, process.send.
import { fork } from "node:child_process";
import { once } from "node:events";
import { childPath } from "../lib/fd3-child.mjs";
import { numberedCalls } from "../lib/numbered-calls.mjs";

export function open() {
  const child = fork(childPath("ipc-echo.mjs"));
  const { echo, produce, settle } = numberedCalls((message) => child.send(message));
  child.on("message", settle);
  const close = async () => {
    const exited = once(child, "exit");
    child.disconnect();
    await exited;
  };
  return { pid: child.pid, echo, produce, close };
}
