// Answers over the port of a worker thread.
import { parentPort } from "node:worker_threads";
import { textOf } from "../lib/text.mjs";

parentPort.on("message", ({ id, text, bytes }) =>
  parentPort.postMessage({ id, text: bytes === undefined ? text : textOf(bytes) }),
);
