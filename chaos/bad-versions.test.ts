import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../packages/host/test/support/processes.ts";
import { errorOf, openWorkspace, type Workspace } from "../packages/host/test/support/workspace.ts";
import { BAD_VERSIONS, type BadVersion, goodVersion, writePackage } from "./support/bad-versions.ts";
import { startCallers } from "./support/callers.ts";

/** Long enough for whatever a version does at its start, on a busy machine. */
const START_TIMEOUT_MS = 15_000;
/** Short enough to wait for what is never up. */
const SHORT_START_TIMEOUT_MS = 2000;
const PROBATION_MS = 600;

const DIES_WHEN_CALLED = goodVersion("dying").replace('ToolResult.text("dying")', "process.exit(7)");

let workspace: Workspace;
let directory: string;
let version = 1;

beforeAll(async () => {
  workspace = await openWorkspace({ probationMs: PROBATION_MS });
  directory = join(workspace.directory, "edited");
  await load();
});

afterAll(() => workspace[Symbol.asyncDispose]());

// What a test that failed has left behind is no concern of the next.
beforeEach(async () => {
  const { state, generation, lastError } = infoOf("edited");
  if (state !== "ready") console.log(`It is ${state} (version ${generation}): ${lastError?.message}`);
  await expectNext();
});

async function load(startTimeoutMs = START_TIMEOUT_MS): Promise<void> {
  writePackage(directory, goodVersion(`v${version}`));
  await workspace.load(directory, { id: "edited", startTimeoutMs, resources: { memoryBytes: 300 * 2 ** 20 } });
}

/** The next version takes over, whatever was there before. */
async function expectNext(): Promise<void> {
  version += 1;
  writePackage(directory, goodVersion(`v${version}`));
  await workspace.host.reload("edited");
  expect(await workspace.ask("version")).toBe(`v${version}`);
}

const isNeverUp = ({ code }: BadVersion): boolean => code === "start-timeout";

describe.each([
  { bad: "one that is never up", versions: BAD_VERSIONS.filter(isNeverUp), startTimeoutMs: SHORT_START_TIMEOUT_MS },
  { bad: "any other bad version", versions: BAD_VERSIONS.filter((each) => !isNeverUp(each)) },
])(
  "$bad leaves the old one answering, says what is wrong with it, and gives way to a good one",
  ({ versions, startTimeoutMs }) => {
    beforeAll(async () => {
      await workspace.host.unload("edited");
      await load(startTimeoutMs);
    });

    test.each(versions)("$kind", async (bad) => {
      const answering = `v${version}`;
      const { pid } = infoOf("edited");
      // With a pause: beside callers that have none, the new process may be too late with an answer that shows that it lives.
      const callers = startCallers(workspace, { tool: "version", pauseMs: 5 });
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
  },
);

describe("a version that dies in its first moments gives way to the one before", () => {
  test("by itself", async () => {
    const { workspace: second, directory: edited, pid } = await openSecond("before");
    // It dies when a caller has heard from it, however late that is, and never sees the end of its first moments.
    const die = join(second.directory, "die");
    const dies = `setInterval(() => existsSync(${JSON.stringify(die)}) && process.exit(5), 5);`;
    const swapped = second.next("extension", ({ reason }) => reason.includes("swapped back"));
    const callers = startCallers(second, { tool: "version" });
    writePackage(edited, `import { existsSync } from "node:fs"; ${goodVersion("short", dies)}`);
    await second.host.reload("edited");
    await until("a call to be answered by it", () => callers.answers.has("short"), 15_000);
    writeFileSync(die, "");
    expect((await swapped).error).toMatchObject({
      code: "extension-crashed",
      message: expect.stringContaining("code 5"),
    });
    expect(infoOf("edited", second)).toMatchObject({ state: "ready", pid });
    await callers.stop();
    expect(await second.ask("version")).toBe("before");
    // A call may have been under way to the one that died: it says that it may have run, and nothing else is lost.
    expect(callers.errors.every((error) => error.code === "extension-crashed" && error.executed === "maybe")).toBe(
      true,
    );
    expect(callers.errors.length).toBeLessThanOrEqual(2);
    expect([...callers.answers.keys()].sort()).toEqual(["before", "short"]);
    writePackage(edited, goodVersion("next"));
    await second.host.reload("edited");
    expect(await second.ask("version")).toBe("next");
    await second[Symbol.asyncDispose]();
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

/** A host that starts crashed extensions again, and keeps the one before a new one for longer than any test. */
async function openSecond(text: string): Promise<{ workspace: Workspace; directory: string; pid: number }> {
  const second = await openWorkspace({ maxCrashes: 3, probationMs: 60_000 });
  const path = join(second.directory, "edited");
  writePackage(path, goodVersion(text));
  const { pid } = await second.load(path, { id: "edited" });
  return { workspace: second, directory: path, pid: pid ?? 0 };
}

function infoOf(id: string, { host } = workspace): ReturnType<Workspace["host"]["extensions"]>[number] {
  const info = host.extensions().find((each) => each.id === id);
  if (info === undefined) throw new Error(`Expected extension ${id} to be loaded.`);
  return info;
}
