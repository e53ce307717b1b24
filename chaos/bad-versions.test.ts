import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { errorOf, openWorkspace, type Workspace } from "../packages/host/test/support/workspace.ts";
import { BAD_VERSIONS, goodVersion, writePackage } from "./support/bad-versions.ts";
import { startCallers } from "./support/callers.ts";

/** Long enough for a start on a busy machine, short enough to wait for what never starts. */
const START_TIMEOUT_MS = 2000;
const PROBATION_MS = 600;

const DIES_WHEN_CALLED = goodVersion("dying").replace('ToolResult.text("dying")', "process.exit(7)");

let workspace: Workspace;
let directory: string;
let version = 1;

beforeAll(async () => {
  workspace = await openWorkspace({ probationMs: PROBATION_MS });
  directory = join(workspace.directory, "edited");
  writePackage(directory, goodVersion("v1"));
  const resources = { memoryBytes: 300 * 2 ** 20 };
  await workspace.load(directory, { id: "edited", startTimeoutMs: START_TIMEOUT_MS, resources });
});

afterAll(() => workspace[Symbol.asyncDispose]());

// What a test that failed has left behind is no concern of the next.
beforeEach(async () => {
  const { state, generation, lastError } = infoOf("edited");
  if (state !== "ready") console.log(`It is ${state} (version ${generation}): ${lastError?.message}`);
  await expectNext();
});

/** The next version takes over, whatever was there before. */
async function expectNext(): Promise<void> {
  version += 1;
  writePackage(directory, goodVersion(`v${version}`));
  await workspace.host.reload("edited");
  expect(await workspace.ask("version")).toBe(`v${version}`);
}

describe("a bad version leaves the old one answering, says what is wrong with it, and gives way to a good one", () => {
  test.each(BAD_VERSIONS)("$kind", async (bad) => {
    const answering = `v${version}`;
    const { pid } = infoOf("edited");
    const callers = startCallers(workspace, { tool: "version" });
    bad.write(directory);
    const error = await errorOf(workspace.host.reload("edited"));
    expect(error).toMatchObject({
      code: bad.code,
      message: expect.stringMatching(bad.says),
      extensionId: "edited",
    });
    expect(infoOf("edited")).toMatchObject({ state: "ready", pid, restarts: 0, lastError: error });
    await callers.stop();
    expect(callers.errors).toEqual([]);
    expect([...callers.answers.keys()]).toEqual([answering]);
    expect(await workspace.ask("version")).toBe(answering);
    await expectNext();
  });
});

describe("a version that dies in its first moments gives way to the one before", () => {
  test("by itself", async () => {
    const answering = `v${version}`;
    const { pid } = infoOf("edited");
    const swapped = workspace.next("extension", ({ reason }) => reason.includes("swapped back"));
    const callers = startCallers(workspace, { tool: "version" });
    writePackage(directory, goodVersion("short", "setTimeout(() => process.exit(5), 100);"));
    await workspace.host.reload("edited");
    expect((await swapped).error).toMatchObject({
      code: "extension-crashed",
      message: expect.stringContaining("code 5"),
    });
    expect(infoOf("edited")).toMatchObject({ state: "ready", pid });
    await callers.stop();
    expect(await workspace.ask("version")).toBe(answering);
    // A call may have been under way to the one that died: it says that it may have run, and nothing else is lost.
    expect(callers.errors.every((error) => error.code === "extension-crashed" && error.executed === "maybe")).toBe(
      true,
    );
    expect(callers.errors.length).toBeLessThanOrEqual(2);
    expect([...callers.answers.keys()].sort()).toEqual(["short", answering].sort());
    await expectNext();
  });

  test("on its first call", async () => {
    const answering = `v${version}`;
    const { pid } = infoOf("edited");
    const swapped = workspace.next("extension", ({ reason }) => reason.includes("swapped back"));
    writePackage(directory, DIES_WHEN_CALLED);
    await workspace.host.reload("edited");
    expect(await errorOf(workspace.call("version"))).toMatchObject({ code: "extension-crashed", executed: "maybe" });
    await swapped;
    expect(infoOf("edited")).toMatchObject({ state: "ready", pid });
    expect(await workspace.ask("version")).toBe(answering);
    await expectNext();
  });

  test("on an idempotent tool's first call, which the one before answers", async () => {
    const idempotent = 'name: "version", idempotent: true,';
    version += 1;
    writePackage(directory, goodVersion(`v${version}`).replace('name: "version",', idempotent));
    await workspace.host.reload("edited");
    const dies = DIES_WHEN_CALLED.replace('name: "version",', idempotent);
    writePackage(directory, dies);
    await workspace.host.reload("edited");
    expect(await workspace.ask("version")).toBe(`v${version}`);
    await expectNext();
  });

  test("together with the one before: the last one that proved itself is started again", async () => {
    await new Promise((resolve) => setTimeout(resolve, PROBATION_MS * 2));
    const proven = `v${version}`;
    const { pid: before } = infoOf("edited");
    const back = await openSecond(proven);
    writePackage(back.directory, goodVersion("new"));
    const { pid } = await back.workspace.host.reload("edited");
    const ready = back.workspace.next("extension", ({ to, from }) => to === "ready" && from === "restarting");
    process.kill(back.pid, "SIGKILL");
    process.kill(pid ?? 0, "SIGKILL");
    await ready;
    expect(await back.workspace.ask("version")).toBe(proven);
    expect(infoOf("edited").pid).toBe(before);
    await back.workspace[Symbol.asyncDispose]();
  });
});

/** A host that starts crashed extensions again. */
async function openSecond(text: string): Promise<{ workspace: Workspace; directory: string; pid: number }> {
  const second = await openWorkspace({ maxCrashes: 3, probationMs: 5000 });
  const path = join(second.directory, "edited");
  writePackage(path, goodVersion(text));
  const { pid } = await second.load(path, { id: "edited" });
  return { workspace: second, directory: path, pid: pid ?? 0 };
}

function infoOf(id: string): ReturnType<Workspace["host"]["extensions"]>[number] {
  const info = workspace.host.extensions().find((each) => each.id === id);
  if (info === undefined) throw new Error(`Expected extension ${id} to be loaded.`);
  return info;
}
