// Lines in, lines out, with what everybody knows of Node.
import { createInterface } from "node:readline";
import { textOf } from "../lib/text.mjs";

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, text, bytes } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ id, text: bytes === undefined ? text : textOf(bytes) })}\n`);
});
