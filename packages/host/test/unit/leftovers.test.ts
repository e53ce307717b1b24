import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as check } from "@fast-check/vitest";
import { afterEach, expect, test } from "vitest";
import { markDirectory, readOwner, tidyLeftovers } from "../../src/launch/leftovers.ts";
import { isAlive, untilMarked } from "../support/processes.ts";

const base = mkdtempSync(join(tmpdir(), "tau-test-"));
const NAME = "0123456789abcdef01";
const started: number[] = [];

afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  rmSync(base, { recursive: true, force: true });
});

/** A launcher's directory, changed as the test likes. */
function directory(name: string, changes: object = {}): string {
  const path = join(base, name);
  mkdirSync(path, { recursive: true });
  markDirectory(path, NAME);
  const file = join(path, "owner.json");
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...changes }));
  return path;
}

function orphan(token: string): number {
  const env = { PATH: process.env["PATH"], TAU_PROCESS: token };
  const pid = spawn("sleep", ["1000"], { env, stdio: "ignore", detached: true }).pid ?? 0;
  started.push(pid);
  untilMarked(pid);
  return pid;
}

async function endedProcess(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}

test("the directory of a dead launcher goes, and what it had started", async () => {
  const dead = directory("tau-dead", { pid: await endedProcess() });
  const [own, other] = [orphan(`${NAME}.3`), orphan("aaaaaaaaaaaaaaaaaa.3")];
  await tidyLeftovers(base);
  expect(existsSync(dead)).toBe(false);
  expect([own, other].map(isAlive)).toEqual([false, true]);
});

test("a pid that is somebody else's by now is a dead launcher's", async () => {
  const dead = directory("tau-reused", { startTicks: 1 });
  await tidyLeftovers(base);
  expect(existsSync(dead)).toBe(false);
});

test("what lives, what is on another machine and what is no launcher's stays", async () => {
  const living = directory("tau-living");
  const elsewhere = directory("tau-elsewhere", { pid: await endedProcess(), system: "another" });
  const stranger = directory("other-dead", { pid: await endedProcess() });
  const plain = join(base, "tau-plain");
  mkdirSync(plain);
  const pid = orphan(`${NAME}.1`);
  await tidyLeftovers(base);
  expect([living, elsewhere, stranger, plain].map((path) => existsSync(path))).toEqual([true, true, true, true]);
  expect(isAlive(pid)).toBe(true);
});

check.prop([fc.oneof(fc.string(), fc.json())])("what no launcher wrote is no owner", (text) => {
  expect(readOwner(text)).toBeUndefined();
});
