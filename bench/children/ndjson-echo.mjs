// The floor of a round trip with JSON: ids and lines, replies of a tick joined into one write, nothing else.
import { Socket } from "node:net";
import { LineReader } from "../lib/line-reader.mjs";
import { textOf } from "../lib/text.mjs";

const socket = new Socket({ fd: 3 });
let outgoing = "";

function flush() {
  socket.write(outgoing);
  outgoing = "";
}

function answer(message) {
  const text = message.bytes === undefined ? message.text : textOf(message.bytes);
  if (outgoing === "") process.nextTick(flush);
  outgoing += JSON.stringify({ id: message.id, text }) + "\n";
}

const reader = new LineReader((line) => answer(JSON.parse(line)));
socket.on("data", (chunk) => reader.push(chunk));
socket.on("end", () => process.exit());
