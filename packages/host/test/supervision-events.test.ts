import { readFileSync } from "node:fs";
import type { DeliverEventsParams } from "tau-protocol";
import { describe, expect, test } from "vitest";
import { openSupervised, type Supervised, version } from "./support/supervised.ts";
import { fixture } from "./support/workspace.ts";

const CALL = { callId: "1", tool: "bash", input: {}, caller: "model" };

describe("events that happen while it is being started again", () => {
  async function openListening(): Promise<Supervised> {
    return openSupervised({ command: [process.execPath, fixture("listens.mjs")], random: () => 0 });
  }

  async function deliveriesOf(ext: Supervised): Promise<DeliverEventsParams[]> {
    return JSON.parse(await ext.workspace.ask("deliveries")) as DeliverEventsParams[];
  }

  function turn(number: number): DeliverEventsParams["events"][number] {
    return { name: "turn_end", payload: { number } };
  }

  function emitTurns({ workspace }: Supervised, count: number): void {
    for (let number = 0; number < count; number++) workspace.host.emit("turn_end", { number });
  }

  test("are delivered in order when it is back, before those that happen then", async () => {
    await using ext = await openListening();
    await ext.crash("restarting");
    emitTurns(ext, 3);
    const back = ext.until("ready").then(() => ext.workspace.host.emit("turn_end", { number: 3 }));
    await back;
    expect(await deliveriesOf(ext)).toEqual([{ events: [turn(0), turn(1), turn(2)] }, { events: [turn(3)] }]);
  });

  test("are dropped from the oldest on where they are too many, and it is told how many", async () => {
    await using ext = await openListening();
    await ext.crash("restarting");
    emitTurns(ext, 1007);
    await ext.until("ready");
    ext.workspace.host.emit("turn_end", { number: 1007 });
    const [first, second, ...more] = await deliveriesOf(ext);
    expect(first).toEqual({ dropped: 7, events: Array.from({ length: 1000 }, (_, index) => turn(7 + index)) });
    expect([second, more]).toEqual([{ events: [turn(1007)] }, []]);
  });

  test("one that can't be sent is dropped, and costs no other", async () => {
    await using ext = await openListening();
    await ext.crash("restarting");
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    emitTurns(ext, 1);
    ext.workspace.host.emit("turn_end", cyclic as never);
    ext.workspace.host.emit("turn_end", { number: 1 });
    expect(await deliveriesOf(ext)).toEqual([{ dropped: 1, events: [turn(0), turn(1)] }]);
  });

  test("are not kept for one that is disabled", async () => {
    await using ext = await openListening();
    await ext.crash("ready");
    await ext.crash("restarting");
    emitTurns(ext, 1);
    await ext.until("ready");
    await ext.crash("disabled");
    emitTurns(ext, 3);
    await ext.reload();
    expect(await deliveriesOf(ext)).toEqual([]);
  });
});

describe("a hook of an extension that is being started again", () => {
  const guard = version(1, `api.on("tool_call", () => ({ block: "by " + process.pid }), { timeoutMs: 10_000 });`);

  test("waits and decides", async () => {
    await using ext = await openSupervised({ source: guard });
    await ext.crash("restarting");
    const decision = await ext.workspace.host.decide("tool_call", CALL);
    expect(decision).toEqual({ action: "block", reason: `by ${ext.info.pid}`, extensionId: "ext" });
  });

  test("blocks when its time is over before it is back", async () => {
    const hasty = version(1, `api.on("tool_call", () => undefined, { timeoutMs: 1 });`);
    await using ext = await openSupervised({ source: hasty });
    await ext.crash("restarting");
    expect(await ext.workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block", extensionId: "ext" });
    expect(ext.info.state).toBe("restarting");
  });

  test("blocks when it does not come back", async () => {
    const frail = `if (existsSync("broken")) process.exit(3);`;
    await using ext = await openSupervised({ source: version(1, `${frail} api.on("tool_call", () => undefined);`) });
    ext.workspace.write("broken", "");
    await ext.crash("restarting");
    expect(await ext.workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block", extensionId: "ext" });
    expect(ext.info.state).toBe("disabled");
  });

  test("blocks when it is given up by the one who asks", async () => {
    await using ext = await openSupervised({ source: guard });
    await ext.crash("restarting");
    const controller = new AbortController();
    const decision = ext.workspace.host.decide("tool_call", CALL, { signal: controller.signal });
    controller.abort();
    expect(await decision).toMatchObject({ action: "block", extensionId: "ext" });
    expect(ext.info.state).toBe("restarting");
  });
});

describe("a decision that a reload comes into (K-12)", () => {
  /** Its hook asks the user first, or changes the input, and adds its version to the trail. */
  function judge(number: number): string {
    return version(
      number,
      `let asked = 0;
      api.on("tool_call", ({ input }) => {
        appendFileSync("trail", "v${number} ");
        return input.ask && asked++ === 0 ? { ask: "May it?" } : { modify: { input: { ...input, by: "v${number}" } } };
      }, { priority: api.config.priority });`,
    );
  }

  test("is finished by the version that it began with, although that one had not been asked yet", async () => {
    await using ext = await openSupervised({ source: judge(1), load: { config: { priority: 2 } } });
    const { workspace } = ext;
    const first = workspace.write(
      "first.mjs",
      `import { existsSync, watch } from "node:fs";
      export default (api) => api.on("tool_call", () => existsSync("go") ? undefined : new Promise((resolve) => {
        watch(process.cwd(), (_, name) => name === "go" && resolve());
        api.log.info("asked");
      }));`,
    );
    await workspace.load(first, { id: "first" });
    const asked = workspace.next("log", ({ text }) => text === "asked");
    const old = ext.info.pid;
    const decision = workspace.host.decide("tool_call", CALL);
    await asked;
    await ext.reload(judge(2));
    expect(await workspace.ask("version")).toBe("v2");
    workspace.write("go", "");
    expect(await decision).toMatchObject({ action: "continue", payload: { input: { by: "v1" } } });
    expect(old).not.toBe(ext.info.pid);
  });

  test("is finished by that version after the user was asked for long", async () => {
    // The probation is over at once: only the decision keeps the old version.
    await using ext = await openSupervised({ source: judge(1), probationMs: 1 });
    const { workspace } = ext;
    // Changes the input last, so that the one that asked has to judge again.
    const last = `export default (api) => api.on("tool_call", ({ input }) => ({ modify: { input: { ...input, by: "last" } } }), { priority: 9 });`;
    await workspace.load(workspace.write("last.mjs", last), { id: "last" });
    const ask = async (): Promise<boolean> => {
      await ext.reload(judge(2));
      await ext.reload(judge(3));
      expect(await workspace.ask("version")).toBe("v3");
      return true;
    };
    const decision = await workspace.host.decide("tool_call", { ...CALL, input: { ask: true } }, { ask });
    expect(decision).toMatchObject({ action: "block", extensionId: "ext" });
    expect(readFileSync(`${workspace.directory}/trail`, "utf8")).toBe("v1 v1 ");
  });
});
