// Private memory of a process that has started, answered nothing yet, and waits.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../contestants/index.mjs";
import { drive } from "../lib/drive.mjs";
import { childPath } from "../lib/fd3-child.mjs";
import { memoryMb } from "../lib/proc.mjs";

async function bare() {
  const child = spawn(process.execPath, [childPath("idle.cjs")], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return { pid: child.pid, close: async () => void child.kill() };
}

await drive(async (/** @type {{ contestant: string, cacheDir: string, settleMs: number }} */ options) => {
  const idle = options.contestant === "bare" ? await bare() : await connect(options);
  if (idle.pid === undefined) throw new Error(`the pid of ${options.contestant} is not known`);
  await sleep(options.settleMs);
  const mb = memoryMb(idle.pid).private;
  await idle.close();
  return { mb };
});
