// JSON lines with ids and promises, written as well as Node allows, but without names, validation, deadlines or errors.
import { spawnOnFd3 } from "../lib/fd3-child.mjs";
import { LineReader } from "../lib/line-reader.mjs";

export function open() {
  const { pid, socket, close } = spawnOnFd3("ndjson-echo.mjs");
  /** @type {Map<number, (text: string) => void>} */
  const pending = new Map();
  let lastId = 0;
  let outgoing = "";

  const reader = new LineReader((line) => {
    const { id, text } = JSON.parse(line);
    pending.get(id)?.(text);
    pending.delete(id);
  });
  socket.on("data", (chunk) => reader.push(chunk));

  function flush() {
    socket.write(outgoing);
    outgoing = "";
  }

  const call = (/** @type {object} */ parameters) =>
    new Promise((resolve) => {
      lastId += 1;
      pending.set(lastId, resolve);
      if (outgoing === "") process.nextTick(flush);
      outgoing += JSON.stringify({ id: lastId, ...parameters }) + "\n";
    });

  return {
    pid,
    echo: (/** @type {string} */ text) => call({ text }),
    produce: (/** @type {number} */ bytes) => call({ bytes }),
    close,
  };
}
