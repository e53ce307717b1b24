import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isAlive, until } from "../packages/host/test/support/processes.ts";

const HOST = fileURLToPath(new URL("fixtures/host.mjs", import.meta.url));
const EXTENSION = fileURLToPath(new URL("../packages/host/test/fixtures/grandchildren.ts", import.meta.url));

interface Pids {
  pids: number[];
  launchers: number[];
}

/** A host as a process of its own, with an extension, its child and its daemon. */
class HostProcess implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "tau-test-"));
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #all = new Set<number>();

  constructor(end: string) {
    this.child = spawn(process.execPath, [HOST, EXTENSION, join(this.#directory, "cache"), end], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    return String((await this.#lines.next()).value);
  }

  async pids(): Promise<Pids> {
    const told = JSON.parse(await this.line()) as Pids;
    for (const pid of [...told.pids, ...told.launchers]) this.#all.add(pid);
    return told;
  }

  async expectNothingLeft(): Promise<void> {
    await until("every process to be gone", () => ![...this.#all].some(isAlive));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    for (const pid of this.#all) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

test.for(["close", "throw", "exit"])("a host that ends by %s leaves no process", async (end) => {
  await using host = new HostProcess(end);
  const exited = once(host.child, "exit");
  const { pids } = await host.pids();
  expect(pids).toHaveLength(3);
  await exited;
  await host.expectNothingLeft();
});

test.for(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const)(
  "a host that is ended by %s leaves no process",
  async (signal) => {
    await using host = new HostProcess("wait");
    const exited = once(host.child, "exit");
    const { pids } = await host.pids();
    expect(pids.every(isAlive)).toBe(true);
    host.child.kill(signal);
    await exited;
    await host.expectNothingLeft();
  },
);

test("a host that is killed while its event loop is blocked leaves no process", async () => {
  await using host = new HostProcess("block");
  const exited = once(host.child, "exit");
  await host.pids();
  host.child.kill("SIGKILL");
  await exited;
  await host.expectNothingLeft();
});

test("a launcher that is killed takes every process with it, and the next start brings up a new one", async () => {
  await using host = new HostProcess("reload");
  const before = await host.pids();
  for (const pid of before.launchers) process.kill(pid, "SIGKILL");
  expect(await host.line()).toBe("crashed");
  await until("the first processes to be gone", () => ![...before.pids, ...before.launchers].some(isAlive));
  host.child.stdin?.write("again\n");
  const after = await host.pids();
  expect(after.launchers).toHaveLength(2);
  expect(after.pids.every(isAlive)).toBe(true);
  host.child.kill("SIGKILL");
  await host.expectNothingLeft();
});

test("a host that is killed together with its launcher leaves no extension", async () => {
  await using host = new HostProcess("wait");
  const { pids, launchers } = await host.pids();
  for (const pid of launchers) process.kill(pid, "SIGKILL");
  host.child.kill("SIGKILL");
  await until("the extension to be gone", () => !isAlive(pids[0] ?? 0));
});

test("what a host and its launcher left that were killed together is tidied by the next host", async () => {
  const base = mkdtempSync(join(tmpdir(), "t-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = base;
  try {
    await using host = new HostProcess("wait");
    const { pids, launchers } = await host.pids();
    for (const pid of launchers) process.kill(pid, "SIGKILL");
    host.child.kill("SIGKILL");
    await once(host.child, "exit");
    const [left] = directoriesOf(base);
    await using next = new HostProcess("wait");
    await next.pids();
    await until("every process to be gone", () => !pids.some(isAlive));
    await until("the directory to be gone", () => left !== undefined && !directoriesOf(base).includes(left));
    next.child.kill("SIGKILL");
    await next.expectNothingLeft();
    await until("no directory to be left", () => directoriesOf(base).length === 0);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(base, { recursive: true, force: true });
  }
});

/** Those of launchers. */
function directoriesOf(base: string): string[] {
  return readdirSync(base).filter((name) => /^tau-\w{6}$/.test(name));
}
