// A Python process that reads lines of JSON and prints lines of JSON, as anybody would write it in five lines.
import { spawn } from "node:child_process";
import { childPath } from "../lib/fd3-child.mjs";
import { LineReader } from "../lib/line-reader.mjs";
import { numberedCalls } from "../lib/numbered-calls.mjs";

export function open() {
  const child = spawn("python3", [childPath("loop.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const { echo, settle } = numberedCalls((message) => child.stdin.write(`${JSON.stringify(message)}\n`));
  const reader = new LineReader((line) => settle(JSON.parse(line)));
  child.stdout.on("data", (chunk) => reader.push(chunk));
  const close = () =>
    new Promise((resolve) => {
      child.once("exit", () => resolve(undefined));
      child.stdin.end();
    });
  return { pid: child.pid, echo, close };
}
