// JSON lines as anybody writes them: readline on both sides, over stdin and stdout, one write for each message.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { childPath } from "../lib/fd3-child.mjs";
import { numberedCalls } from "../lib/numbered-calls.mjs";

export function open() {
  const child = spawn(process.execPath, [childPath("ndjson-naive-echo.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  const { echo, produce, settle } = numberedCalls((message) => child.stdin.write(`${JSON.stringify(message)}\n`));
  createInterface({ input: child.stdout }).on("line", (line) => settle(JSON.parse(line)));
  const close = () =>
    new Promise((resolve) => {
      child.once("exit", () => resolve(undefined));
      child.stdin.end();
    });
  return { pid: child.pid, echo, produce, close };
}
