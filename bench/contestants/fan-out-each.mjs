// The plain way: each child is written a line of its own, made for it.
import { spawnOnFd3 } from "../lib/fd3-child.mjs";
import { LineReader } from "../lib/line-reader.mjs";

/** @param {{ extensions: number }} options */
export function open({ extensions }) {
  const children = Array.from({ length: extensions }, () => {
    const { socket, close } = spawnOnFd3("ndjson-sink.mjs");
    /** @type {((heard: number) => void)[]} */
    const waiting = [];
    const reader = new LineReader((line) => waiting.shift()?.(JSON.parse(line).heard));
    socket.on("data", (chunk) => reader.push(chunk));
    const send = (/** @type {object} */ message) => socket.write(`${JSON.stringify(message)}\n`);
    const ask = () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        send({ id: 1 });
      });
    return { send, ask, close };
  });
  return {
    emit: (/** @type {string} */ text) => {
      for (const { send } of children) send({ method: "event", params: { name: "message_update", payload: { text } } });
    },
    heard: async () => (await Promise.all(children.map(({ ask }) => ask()))).reduce((sum, heard) => sum + heard, 0),
    close: () => Promise.all(children.map(({ close }) => close())),
  };
}
