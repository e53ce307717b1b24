import { expect, test, vi } from "vitest";
import { isAlive, startTau, tau } from "./run-tau.ts";

const EXTENSION = ["-e", "fixtures/tools.ts"];

async function startCall(tool: string) {
  const running = startTau(["call", tool, ...EXTENSION]);
  const [, pid] = await running.untilNoted(/pid (\d+)/);
  return { ...running, pid: Number(pid) };
}

test("Ctrl-C cancels the call, exits 130 and leaves no process behind", async () => {
  const { child, pid, finished } = await startCall("wait");
  child.kill("SIGINT");
  const { exitCode, stdout, stderr } = await finished;
  expect(stderr).toContain("error: Stopped by SIGINT.");
  expect(stdout).toBe("");
  expect(exitCode).toBe(130);
  expect(isAlive(pid)).toBe(false);
});

test("Ctrl-C gives up an extension that does not get ready", async () => {
  const { child, untilNoted, finished } = startTau(["tools", "--verbose", "-e", "fixtures/never-ready.ts"]);
  const [, pid] = await untilNoted(/pid (\d+)/);
  child.kill("SIGINT");
  const { exitCode, stderr } = await finished;
  expect(stderr).toContain("error: Stopped by SIGINT.");
  expect(exitCode).toBe(130);
  expect(isAlive(Number(pid))).toBe(false);
});

test("Ctrl-C ends an extension that never looks up", async () => {
  const { child, pid, finished } = await startCall("spin");
  child.kill("SIGINT");
  const { exitCode } = await finished;
  expect(exitCode).toBe(130);
  expect(isAlive(pid)).toBe(false);
});

test("a second signal does not wait for the extension", async () => {
  const { child, pid, finished } = await startCall("spin");
  // Two different ones: of two that are the same, the system may keep only one.
  child.kill("SIGINT");
  child.kill("SIGTERM");
  const { exitCode, stderr } = await finished;
  // Which of the two arrives first is up to the system as well.
  expect([130, 143]).toContain(exitCode);
  expect(stderr).not.toContain("Stopped by");
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
});

test("a tau that is killed leaves no process behind", async () => {
  const { child, pid, finished } = await startCall("spin");
  child.kill("SIGKILL");
  await finished;
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
});

test("a reader that goes away early is no error", async () => {
  const { child, finished } = startTau(["tools", ...EXTENSION]);
  child.stdout.destroy();
  expect(await finished).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("the tour holds what it promises, and leaves no process behind", async () => {
  const { exitCode, stdout, stderr } = await tau(["demo"]);
  expect(stderr).toBe("");
  expect(stdout).toContain("Done. 20 checks held");
  expect(exitCode).toBe(0);
  const pids = [...stdout.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
  expect(pids).toHaveLength(5);
  expect(pids.filter(isAlive)).toEqual([]);
});

test("the tour stops in order when its reader goes away", async () => {
  const { child, finished } = startTau(["demo"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { exitCode, stderr } = await finished;
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});
