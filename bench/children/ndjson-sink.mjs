// Counts the lines without an id, and tells the count when a line with one comes.
import { Socket } from "node:net";
import { LineReader } from "../lib/line-reader.mjs";

const socket = new Socket({ fd: 3 });
let heard = 0;
const reader = new LineReader((line) => {
  if (JSON.parse(line).id === undefined) heard += 1;
  else socket.write(`${JSON.stringify({ heard })}\n`);
});
socket.on("data", (chunk) => reader.push(chunk));
socket.on("end", () => process.exit());
