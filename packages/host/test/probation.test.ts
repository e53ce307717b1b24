import { describe, expect, test } from "vitest";
import { isAlive, until } from "./support/processes.ts";
import { counter, LONG_MS, openSupervised, SteppedClock, version } from "./support/supervised.ts";
import { errorOf } from "./support/workspace.ts";

const CALL = { callId: "1", tool: "bash", input: {}, caller: "model" };

describe("a new version that dies in its probation", () => {
  test("is replaced at once by the version before it, in the process that it always had", async () => {
    await using ext = await openSupervised();
    const { pid } = ext.info;
    await ext.reload(version(2));
    expect(await ext.workspace.ask("version")).toBe("v2");
    const back = await ext.crash("ready");
    expect(back).toMatchObject({ from: "ready", reason: "the new version died at once; swapped back" });
    expect(back.error).toMatchObject({ code: "extension-crashed", exitCode: 9, stderrTail: ["last words of v2"] });
    expect(ext.info).toMatchObject({ state: "ready", pid, generation: 1, restarts: 0, lastError: { exitCode: 9 } });
    expect(await ext.workspace.ask("version")).toBe("v1");
  });

  test("loses no call that is made when it has died", async () => {
    await using ext = await openSupervised();
    await ext.reload(version(2));
    const crash = errorOf(ext.workspace.call("crash"));
    const answers: string[] = [];
    const back = ext.until("ready");
    let isBack = false;
    void back.then(() => (isBack = true));
    // Those that reach it before it exits are answered by it.
    while (!isBack)
      answers.push(await ext.workspace.ask("version").catch((error: { executed: string }) => error.executed));
    expect(await crash).toMatchObject({ code: "extension-crashed", executed: "maybe" });
    expect(answers.filter((answer) => !["v1", "v2", "maybe"].includes(answer))).toEqual([]);
    expect(await ext.workspace.ask("version")).toBe("v1");
  });

  test("gives back the tools that the one before it had added at run time, and its gate", async () => {
    const dynamic = `tool("add", () => { tool("added", () => "by v1"); }); api.on("tool_call", () => ({ block: "by v1" }));`;
    await using ext = await openSupervised({ source: version(1, dynamic) });
    const changed = ext.workspace.next("extension", ({ reason }) => reason === "tools changed");
    await ext.workspace.call("add");
    await changed;
    const { tools } = ext.info;
    await ext.reload(version(2));
    expect(await ext.workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "continue" });
    expect(ext.info.tools).not.toContain("added");
    await ext.crash("ready");
    expect(ext.info).toMatchObject({ tools, hooks: ["tool_call"] });
    expect(await ext.workspace.ask("added")).toBe("by v1");
    expect(await ext.workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block", reason: "by v1" });
  });

  test("is started from the version before it when that one is gone too", async () => {
    await using ext = await openSupervised();
    const { pid = 0 } = ext.info;
    await ext.reload(version(2));
    process.kill(pid, "SIGKILL");
    await until("the old version to be gone", () => !isAlive(pid));
    await ext.crash("ready");
    expect(await ext.workspace.ask("version")).toBe("v1");
    expect(ext.info).toMatchObject({ generation: 3, restarts: 1 });
  });

  test("does not take back a name that somebody else has by now", async () => {
    await using ext = await openSupervised({ source: version(1, `tool("own", () => "v1");`), random: () => 0 });
    await ext.reload(version(2));
    const other = ext.workspace.write(
      "other.mjs",
      version(3)
        .replaceAll(/tool\("(\w+)"/g, `tool("other_$1"`)
        .replace("other_version", "own"),
    );
    await ext.workspace.load(other, { id: "other" });
    await ext.crash("disabled");
    expect(ext.info.error?.message).toContain("both offer a tool `own`");
    expect(await ext.workspace.ask("own")).toBe("v3");
  });
});

describe("after the probation", () => {
  test("the version before is gone, and a crash is followed by a restart of the new one", async () => {
    const clock = new SteppedClock();
    await using ext = await openSupervised({ clock });
    const { pid = 0 } = ext.info;
    await ext.reload(version(2));
    expect(isAlive(pid)).toBe(true);
    clock.advance(LONG_MS);
    await until("the old version to be gone", () => !isAlive(pid));
    await ext.crash("restarting");
    expect(await ext.workspace.ask("version")).toBe("v2");
  });

  test("nothing waits for the clock", async () => {
    const clock = new SteppedClock();
    await using ext = await openSupervised({ clock });
    // The neighbour's too.
    clock.advance(LONG_MS);
    expect(clock.held).toBe(0);
    for (let number = 2; number < 5; number++) await ext.reload(version(number));
    expect(clock.held).toBe(1);
    await ext.workspace.host.unload("ext");
    expect(clock.held).toBe(0);
  });
});

describe("during the probation", () => {
  test("another reload keeps the version that it replaces, and lets go the one before that", async () => {
    await using ext = await openSupervised();
    const { pid: first = 0 } = ext.info;
    const { pid: second } = await ext.reload(version(2));
    await ext.reload(version(3));
    await until("the first version to be gone", () => !isAlive(first));
    await ext.crash("ready");
    expect(ext.info).toMatchObject({ pid: second, generation: 2 });
    expect(await ext.workspace.ask("version")).toBe("v2");
  });

  test("a reload that fails leaves the way back open", async () => {
    await using ext = await openSupervised();
    const { pid } = ext.info;
    await ext.reload(version(2));
    ext.edit("export default (api) => {");
    expect(await errorOf(ext.workspace.host.reload("ext"))).toMatchObject({ code: "build-failed" });
    expect(await ext.workspace.ask("version")).toBe("v2");
    await ext.crash("ready");
    expect(ext.info.pid).toBe(pid);
  });

  test("a version that dies while the next one is being started gives way to the one before, until that one is there", async () => {
    await using ext = await openSupervised();
    await ext.reload(version(2));
    const starting = ext.workspace.next("log", ({ text }) => text === "setting up");
    const waiting = `api.log.info("setting up"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));`;
    const reload = ext.reload(version(3, waiting));
    await starting;
    const crashed = await ext.crash("reloading");
    expect(crashed.error).toMatchObject({ code: "extension-crashed" });
    expect(await ext.workspace.ask("version")).toBe("v1");
    ext.workspace.write("go", "");
    await reload;
    expect(await ext.workspace.ask("version")).toBe("v3");
  });

  test("what a version handed over is handed on by one that hands nothing over, such as half of a file", async () => {
    await using ext = await openSupervised({ source: counter(1) });
    await ext.workspace.call("add");
    await ext.reload(version(2));
    await ext.reload(counter(3));
    expect(await ext.count()).toBe(1);
  });

  test("and not when that one has proved itself", async () => {
    const clock = new SteppedClock();
    await using ext = await openSupervised({ clock, source: counter(1) });
    await ext.workspace.call("add");
    await ext.reload(version(2));
    clock.advance(LONG_MS);
    await ext.reload(counter(3));
    expect(await ext.count()).toBe(0);
  });

  test.for(["unload", "close"])("%s leaves neither version", async (end) => {
    await using ext = await openSupervised();
    const { pid: first = 0 } = ext.info;
    const { pid: second = 0 } = await ext.reload(version(2));
    ext.workspace.checkNeighbour = end === "unload";
    if (end === "unload") await ext.workspace.host.unload("ext");
    else await ext.workspace.host.close();
    expect([first, second].map(isAlive)).toEqual([false, false]);
  });
});
