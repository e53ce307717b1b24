// Runs one step of the tooling: a line when it starts to matter, its output only when it fails.
import { spawnSync } from "node:child_process";

const OUTPUT_LIMIT = 64 * 1024 * 1024;

/** Prints one line of progress, on stderr so that stdout stays free for the command that follows. */
export function say(line) {
  process.stderr.write(`tau: ${line}\n`);
}

/** Runs a command quietly. If it fails, prints what it wrote and ends this process with its exit code. */
export function runStep(name, command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: OUTPUT_LIMIT, ...options });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  say(`${name} failed: ${result.error?.message ?? describeExit(result)}`);
  process.exit(result.status || 1);
}

function describeExit({ status, signal }) {
  return signal ? `stopped by ${signal}` : `exit code ${status}`;
}
