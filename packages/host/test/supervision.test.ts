import { readFileSync } from "node:fs";
import type { TauError } from "tau-host";
import { describe, expect, test } from "vitest";
import { LONG_MS, openSupervised, SteppedClock, version } from "./support/supervised.ts";
import { errorOf, textOf } from "./support/workspace.ts";

/** A tool that notes in a file that it ran, and crashes the first so many times. */
function frail(crashes: number, traits: object): string {
  return version(
    1,
    `tool("frail", () => {
      appendFileSync("runs", "x");
      if (readFileSync("runs", "utf8").length <= ${crashes}) process.exit(9);
      return "ran";
    }, ${JSON.stringify(traits)});`,
  );
}

function runsIn(directory: string): number {
  return readFileSync(`${directory}/runs`, "utf8").length;
}

describe("after a crash", () => {
  test("it is started again, after pauses that grow and are spread", async () => {
    const random = [0, 0.5, 1];
    await using ext = await openSupervised({ maxCrashes: 4, random: () => random.shift() ?? 0 });
    for (let times = 0; times < 3; times++) {
      await ext.crash("restarting");
      await ext.until("ready");
    }
    const pauses = ext.changes.filter(({ to }) => to === "restarting").map(({ reason }) => reason);
    expect(pauses).toEqual([25, 300, 2700].map((pause) => `crashed; starting again in ${pause} ms`));
    expect(ext.info).toMatchObject({
      state: "ready",
      generation: 4,
      restarts: 3,
      lastError: { code: "extension-crashed" },
    });
    expect(ext.story.slice(-2)).toEqual([
      "ready → restarting: crashed; starting again in … ms",
      "restarting → ready: restarted",
    ]);
  });

  test("calls that come before it is back wait for it", async () => {
    await using ext = await openSupervised();
    await ext.crash("restarting");
    expect(await Promise.all(Array.from({ length: 5 }, () => ext.workspace.ask("version")))).toEqual(
      Array(5).fill("v1"),
    );
    expect(ext.info).toMatchObject({ state: "ready", generation: 2 });
  });

  test("a call waits within its own time", async () => {
    await using ext = await openSupervised();
    await ext.crash("restarting");
    const error = await errorOf(ext.workspace.call("version", {}, { timeoutMs: 1 }));
    expect(error).toMatchObject({ code: "timed-out", extensionId: "ext", executed: "no", retryable: true });
    expect(ext.info.state).toBe("restarting");
  });

  test("a call that waits can be cancelled, and is not made", async () => {
    await using ext = await openSupervised({ source: frail(0, {}) });
    await ext.crash("restarting");
    const controller = new AbortController();
    const call = errorOf(ext.workspace.call("frail", {}, { signal: controller.signal }));
    controller.abort();
    expect(await call).toMatchObject({ code: "cancelled", extensionId: "ext", executed: "no" });
    await ext.workspace.ask("frail");
    expect(runsIn(ext.workspace.directory)).toBe(1);
  });

  test("calls that wait fail when it is unloaded", async () => {
    await using ext = await openSupervised();
    await ext.crash("restarting");
    const call = errorOf(ext.workspace.call("version"));
    await ext.workspace.host.unload("ext");
    expect(await call).toMatchObject({ code: "extension-stopped", executed: "no" });
  });

  test("calls that ran may have been done, and say so", async () => {
    await using ext = await openSupervised();
    const { result } = await ext.startCall("hang");
    const failed = errorOf(result);
    process.kill(ext.info.pid ?? 0, "SIGKILL");
    expect(await failed).toMatchObject({
      code: "extension-crashed",
      executed: "maybe",
      signal: "SIGKILL",
      extensionId: "ext",
    });
  });

  test("the version that was good is started again, whatever is in the file by now", async () => {
    await using ext = await openSupervised();
    ext.edit("export default (api) => {");
    await ext.crash("ready");
    expect(await ext.workspace.ask("version")).toBe("v1");
  });

  test("a reload that fails meanwhile is told, and the good version comes back all the same", async () => {
    await using ext = await openSupervised({ maxCrashes: 2 });
    await ext.crash("restarting");
    const back = ext.until("ready");
    ext.edit("export default (api) => {");
    expect(await errorOf(ext.workspace.host.reload("ext"))).toMatchObject({ code: "build-failed" });
    await back;
    expect(await ext.workspace.ask("version")).toBe("v1");
  });

  test("a reload does not wait for the pause to be over", async () => {
    await using ext = await openSupervised({ maxCrashes: 9, random: () => LONG_MS });
    await ext.crash("restarting");
    expect(await ext.reload(version(2))).toMatchObject({ state: "ready", restarts: 0 });
    expect(await ext.workspace.ask("version")).toBe("v2");
  });
});

describe("a call whose extension crashes under it", () => {
  test("is made once more if its tool is idempotent", async () => {
    await using ext = await openSupervised({ source: frail(1, { idempotent: true }) });
    expect(await ext.workspace.ask("frail")).toBe("ran");
    expect(runsIn(ext.workspace.directory)).toBe(2);
  });

  test("is made once more and no oftener", async () => {
    await using ext = await openSupervised({ source: frail(9, { idempotent: true }), maxCrashes: 9 });
    expect(await errorOf(ext.workspace.call("frail"))).toMatchObject({ code: "extension-crashed", executed: "maybe" });
    expect(runsIn(ext.workspace.directory)).toBe(2);
  });

  test("is not made again if its tool says nothing", async () => {
    await using ext = await openSupervised({ source: frail(1, {}) });
    expect(await errorOf(ext.workspace.call("frail"))).toMatchObject({ code: "extension-crashed", executed: "maybe" });
    expect(await ext.workspace.ask("version")).toBe("v1");
    expect(runsIn(ext.workspace.directory)).toBe(1);
  });

  test("is not made again when it was the caller who gave up", async () => {
    await using ext = await openSupervised({ source: frail(1, { idempotent: true }) });
    const controller = new AbortController();
    const crashed = ext.until("restarting").then(() => controller.abort());
    expect(await errorOf(ext.workspace.call("frail", {}, { signal: controller.signal }))).toMatchObject({
      code: "cancelled",
    });
    await crashed;
    expect(await ext.workspace.ask("version")).toBe("v1");
    expect(runsIn(ext.workspace.directory)).toBe(1);
  });
});

describe("after too many crashes", () => {
  const guarded = version(1, `api.on("tool_call", () => undefined);`);

  async function openDisabled(): ReturnType<typeof openSupervised> {
    const ext = await openSupervised({ source: guarded, random: () => 0 });
    await ext.crash("ready");
    await ext.crash("ready");
    await ext.crash("disabled");
    return ext;
  }

  test("it is not started again, and says why", async () => {
    await using ext = await openDisabled();
    expect(ext.info).toMatchObject({ state: "disabled", pid: undefined, restarts: 2, uptimeMs: undefined });
    const error = ext.info.error as TauError;
    expect(error).toMatchObject({
      code: "extension-disabled",
      exitCode: 9,
      stderrTail: ["last words of v1"],
      extensionId: "ext",
    });
    expect(error.message).toContain("It has crashed 3 times");
  });

  test("its calls fail, and its tools keep their names", async () => {
    await using ext = await openDisabled();
    const error = await errorOf(ext.workspace.call("version"));
    expect(error).toMatchObject({ code: "extension-disabled", executed: "no", stderrTail: ["last words of v1"] });
    const other = ext.workspace.write("other.mjs", version(2));
    expect(await errorOf(ext.workspace.load(other))).toMatchObject({ code: "tool-collision" });
  });

  test("its gate blocks", async () => {
    await using ext = await openDisabled();
    const decision = await ext.workspace.host.decide("tool_call", {
      callId: "1",
      tool: "x",
      input: {},
      caller: "model",
    });
    expect(decision).toMatchObject({ action: "block", extensionId: "ext" });
  });

  test("a reload starts it, and its crashes count anew", async () => {
    await using ext = await openDisabled();
    expect(await ext.reload()).toMatchObject({ state: "ready", error: undefined });
    await ext.crash("ready");
    await ext.crash("ready");
    expect(await ext.workspace.ask("version")).toBe("v1");
    await ext.crash("disabled");
  });

  test("calls made while a reload starts it wait", async () => {
    await using ext = await openDisabled();
    const starting = ext.until("starting");
    const reload = ext.reload(version(2));
    await starting;
    expect(await ext.workspace.ask("version")).toBe("v2");
    await reload;
  });

  test("a reload that fails leaves it disabled, its tools and its gate in place", async () => {
    await using ext = await openDisabled();
    ext.edit("export default (api) => {");
    expect(await errorOf(ext.workspace.host.reload("ext"))).toMatchObject({ code: "build-failed" });
    expect(ext.info).toMatchObject({ state: "disabled", lastError: { code: "build-failed" } });
    expect(await errorOf(ext.workspace.call("version"))).toMatchObject({ code: "extension-disabled", executed: "no" });
    const decision = await ext.workspace.host.decide("tool_call", {
      callId: "1",
      tool: "x",
      input: {},
      caller: "model",
    });
    expect(decision).toMatchObject({ action: "block", extensionId: "ext" });
  });

  test("unloading it gives its names back", async () => {
    await using ext = await openDisabled();
    await ext.workspace.host.unload("ext");
    await ext.workspace.load(ext.path, { id: "ext" });
    expect(await ext.workspace.ask("version")).toBe("v1");
  });

  test("crashes that are far apart are not too many", async () => {
    const clock = new SteppedClock();
    await using ext = await openSupervised({ clock, random: () => 0, crashWindowMs: LONG_MS, probationMs: 10 });
    for (let times = 0; times < 5; times++) {
      await ext.crash("ready");
      clock.advance(LONG_MS);
    }
    expect(await ext.workspace.ask("version")).toBe("v1");
    expect(ext.changes.filter(({ to }) => to === "restarting").map(({ reason }) => reason)).toEqual(
      Array(5).fill("crashed; starting again in 25 ms"),
    );
  });
});

test("a version that can't be started again counts as crashed each time", async () => {
  const source = version(1, `if (existsSync("broken")) process.exit(3);`);
  await using ext = await openSupervised({ source, random: () => 0 });
  ext.workspace.write("broken", "");
  await ext.crash("disabled");
  expect(ext.info.error).toMatchObject({ code: "extension-disabled", exitCode: 3 });
  expect(ext.info.restarts).toBe(2);
  expect(textOf(await ext.workspace.call("neighbour", { text: "fine" }))).toBe("fine");
});
