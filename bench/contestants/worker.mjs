// A thread of the same process: no crash or leak of its own stays there, and it shares the memory.
import { Worker } from "node:worker_threads";
import { childPath } from "../lib/fd3-child.mjs";
import { numberedCalls } from "../lib/numbered-calls.mjs";

export function open() {
  const worker = new Worker(childPath("worker-echo.mjs"));
  const { echo, produce, settle } = numberedCalls((message) => worker.postMessage(message));
  worker.on("message", settle);
  return { pid: process.pid, echo, produce, close: () => worker.terminate() };
}
