import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { killTree, launcherMark, markedProcesses, processMark } from "../../src/launch/process-tree.ts";

function sleepAs(token: string): { pid: number; exited: Promise<unknown> } {
  const child = spawn("sleep", ["1000"], { env: { PATH: process.env["PATH"], TAU_PROCESS: token }, stdio: "ignore" });
  return { pid: child.pid ?? 0, exited: once(child, "exit") };
}

test("a mark finds exactly its own process", async () => {
  const name = `test${process.pid}`;
  const [first, tenth, other] = [sleepAs(`${name}.1`), sleepAs(`${name}.10`), sleepAs(`${name}x.1`)];
  expect(markedProcesses(processMark(`${name}.1`))).toEqual([first.pid]);
  expect(new Set(markedProcesses(launcherMark(name)))).toEqual(new Set([first.pid, tenth.pid]));
  await killTree(undefined, processMark(`${name}.1`));
  await first.exited;
  expect(markedProcesses(launcherMark(name))).toEqual([tenth.pid]);
  await killTree(undefined, launcherMark(name));
  await tenth.exited;
  expect(markedProcesses(launcherMark(name))).toEqual([]);
  await killTree(undefined, processMark(`${name}x.1`));
  await other.exited;
});
