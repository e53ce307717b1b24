// A Python process that reads lines of JSON and prints lines of JSON, as anybody would write it in five lines.
import { spawn } from "node:child_process";
import { childPath } from "../lib/fd3-child.mjs";
import { LineReader } from "../lib/line-reader.mjs";

export function open() {
  const child = spawn("python3", [childPath("loop.py")], { stdio: ["pipe", "pipe", "inherit"] });
  /** @type {Map<number, (text: string) => void>} */
  const pending = new Map();
  let lastId = 0;
  const reader = new LineReader((line) => {
    const { id, text } = JSON.parse(line);
    pending.get(id)?.(text);
    pending.delete(id);
  });
  child.stdout.on("data", (chunk) => reader.push(chunk));

  const echo = (/** @type {string} */ text) =>
    new Promise((resolve) => {
      lastId += 1;
      pending.set(lastId, resolve);
      child.stdin.write(`${JSON.stringify({ id: lastId, text })}\n`);
    });
  const close = () =>
    new Promise((resolve) => {
      child.once("exit", () => resolve(undefined));
      child.stdin.end();
    });
  return { pid: child.pid, echo, close };
}
