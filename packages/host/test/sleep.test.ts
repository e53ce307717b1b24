import { setTimeout as pass } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { isAlive } from "./support/processes.ts";
import {
  counter,
  LONG_MS,
  openSupervised,
  SteppedClock,
  type Supervised,
  type SupervisedOptions,
  version,
} from "./support/supervised.ts";
import { errorOf } from "./support/workspace.ts";

/** `wait` takes until `go` is written. */
const waiting = `tool("wait", async (_, { progress }) => { progress("waiting"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5)); });`;

/** One that sleeps after {@link LONG_MS}, and its clock. */
async function openSleepy(options: SupervisedOptions = {}): Promise<Supervised & { clock: SteppedClock }> {
  const clock = new SteppedClock();
  const ext = await openSupervised({
    source: counter(1, { setup: waiting }),
    clock,
    load: { idleTimeoutMs: LONG_MS },
    probationMs: 10,
    ...options,
  });
  return Object.assign(ext, { clock });
}

async function fallAsleep(ext: Supervised & { clock: SteppedClock }): Promise<void> {
  const asleep = ext.until("idle");
  ext.clock.advance(LONG_MS);
  await asleep;
}

/** The process is gone: what wakes it waits for that. */
async function wake(ext: Supervised): Promise<void> {
  expect(await ext.workspace.ask("version")).toBe("v1");
}

describe("an extension without anything to do", () => {
  test("sleeps, and wakes for a call with the state that it had", async () => {
    await using ext = await openSleepy();
    const { pid = 0, tools } = ext.info;
    await ext.workspace.call("add");
    await fallAsleep(ext);
    expect(ext.info).toMatchObject({ state: "idle", pid: undefined, tools });
    expect(await ext.count()).toBe(1);
    expect(isAlive(pid)).toBe(false);
    expect(ext.info).toMatchObject({ state: "ready", generation: 2, restarts: 0 });
    expect(ext.story.slice(-3)).toEqual([
      "ready → idle: nothing to do",
      "idle → waking: something to do",
      "waking → ready: woken",
    ]);
    await fallAsleep(ext);
    expect(await ext.count()).toBe(1);
  });

  test("does not sleep while a call runs", async () => {
    await using ext = await openSleepy();
    const { pid } = ext.info;
    const { result } = await ext.startCall("wait");
    ext.clock.advance(LONG_MS);
    ext.workspace.write("go", "");
    await result;
    expect(ext.info).toMatchObject({ state: "ready", pid });
    await fallAsleep(ext);
  });

  test("does not sleep before the whole time has passed since the last call", async () => {
    await using ext = await openSleepy();
    ext.clock.advance(LONG_MS - 60_000);
    await wake(ext);
    ext.clock.advance(120_000);
    expect(ext.clock.held).toBeGreaterThan(0);
    await wake(ext);
    expect(ext.info).toMatchObject({ state: "ready", generation: 1 });
    await fallAsleep(ext);
  });

  test("sleeps though it is being asked whether it answers", async () => {
    await using ext = await openSleepy();
    const { pid = 0 } = ext.info;
    const asked = ext.workspace.next("extension", ({ reason }) => reason === "does not answer");
    process.kill(pid, "SIGSTOP");
    await asked;
    const asleep = ext.until("idle");
    ext.clock.advance(LONG_MS);
    process.kill(pid, "SIGCONT");
    await asleep;
  });

  test("does not sleep if it acts by itself", async () => {
    await using ext = await openSleepy({ source: version(1, `api.declare({ start: "eager" });`) });
    expect(ext.clock.held).toBe(0);
  });

  test("does not sleep while somebody decides whether it may", async () => {
    await using ext = await openSleepy({ source: version(1, `api.on("tool_call", () => ({ ask: "May it?" }));`) });
    const ask = async (): Promise<boolean> => {
      ext.clock.advance(LONG_MS);
      await wake(ext);
      return true;
    };
    const decision = await ext.workspace.host.decide(
      "tool_call",
      { callId: "1", tool: "x", input: {}, caller: "model" },
      { ask },
    );
    expect(decision).toMatchObject({ action: "continue" });
    expect(ext.info).toMatchObject({ state: "ready", generation: 1 });
  });

  test("loses nothing of a call that comes while its state is collected", async () => {
    const handed = `(async () => { const before = count; api.log.info("collecting"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5)); return before; })()`;
    await using ext = await openSleepy({ source: counter(1, { handed }) });
    const collecting = ext.workspace.next("log", ({ text }) => text === "collecting");
    ext.clock.advance(LONG_MS);
    await collecting;
    await ext.workspace.call("add");
    ext.workspace.write("go", "");
    await until(ext);
    expect(await ext.count()).toBe(1);
    await fallAsleep(ext);
    expect(await ext.count()).toBe(1);
  });

  /** What was collected has been taken or left: the next reload is behind it in the queue. */
  async function until(ext: Supervised): Promise<void> {
    expect(await errorOf(ext.reload("export default (api) => {"))).toMatchObject({ code: "build-failed" });
  }

  test("wakes as the version that slept, although it had served for a short time only", async () => {
    await using ext = await openSleepy({ probationMs: 3 * LONG_MS });
    await ext.reload(counter(2));
    await ext.workspace.call("add");
    await fallAsleep(ext);
    expect([await ext.workspace.ask("version"), await ext.count()]).toEqual(["v2", 1]);
  });

  test("can be reloaded while it sleeps, and wakes with its state", async () => {
    await using ext = await openSleepy();
    await ext.workspace.call("add");
    await fallAsleep(ext);
    expect(await errorOf(ext.reload("export default (api) => {"))).toMatchObject({ code: "build-failed" });
    expect(ext.info.state).toBe("idle");
    await ext.reload(counter(2));
    expect([await ext.workspace.ask("version"), await ext.count()]).toEqual(["v2", 1]);
  });

  test("has its state when it crashes while it wakes", async () => {
    const source = counter(1, {
      setup: `if (existsSync("broken")) { (await import("node:fs")).rmSync("broken"); process.exit(3); }`,
    });
    await using ext = await openSleepy({ source, random: () => 0 });
    await ext.workspace.call("add");
    await fallAsleep(ext);
    ext.workspace.write("broken", "");
    expect(await ext.count()).toBe(1);
    expect(ext.info.restarts).toBe(1);
  });

  test("can be unloaded while it sleeps", async () => {
    await using ext = await openSleepy();
    await fallAsleep(ext);
    await ext.workspace.host.unload("ext");
    expect(await errorOf(ext.workspace.call("version"))).toMatchObject({ code: "unknown-tool" });
  });

  test("can be unloaded while it falls asleep, and calls that came too late are told", async () => {
    await using ext = await openSleepy();
    await fallAsleep(ext);
    const call = errorOf(ext.workspace.call("version"));
    await ext.workspace.host.unload("ext");
    expect(await call).toMatchObject({ code: "extension-stopped", executed: "no" });
  });
});

test("calls that race with falling asleep are all answered, once each, and no state is lost", async () => {
  await using ext = await openSupervised({ source: counter(1), load: { idleTimeoutMs: 5 }, probationMs: 1 });
  const answers: string[] = [];
  for (let round = 0; round < 40; round++) {
    const calls = Array.from({ length: 1 + (round % 3) }, () => ext.workspace.ask("add"));
    answers.push(...(await Promise.all(calls)));
    // Not for anything to happen: to meet it in every phase of its going to sleep.
    await pass((round % 20) * 1.5);
  }
  expect(answers).toEqual(answers.map((_, index) => String(index + 1)));
  expect(ext.info.restarts).toBe(0);
  expect(ext.changes.filter(({ to }) => to === "idle").length).toBeGreaterThan(3);
}, 60_000);
