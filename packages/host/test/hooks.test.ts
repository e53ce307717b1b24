import { setTimeout as sleep } from "node:timers/promises";
import type { Decision, ExtensionInfo, Host, HostDecideOptions, TauError } from "tau-host";
import { describe, expect, test } from "vitest";
import { openSupervised, version } from "./support/supervised.ts";
import { errorOf, fixture, openWorkspace, type Workspace } from "./support/workspace.ts";

type EventName = Parameters<Host["decide"]>[0];
type Payload = Parameters<Host["decide"]>[1];
type Fields = Readonly<Record<string, unknown>>;

/** An event and an extension's wish about its failures, and what a failure then means. */
interface Kind {
  name: string;
  event: EventName;
  payload: Payload;
  changed: Payload;
  onFailure?: "open" | "closed";
  failed: "block" | "continue";
}

const CALL = { callId: "1", tool: "write", input: { path: "a", mode: 1 }, caller: "model" };
const INPUT = { text: "hello", source: "user" };
const CONTEXT = { messages: [{ role: "user" }] };

const KINDS: Kind[] = [
  { name: "a gate", event: "tool_call", payload: CALL, changed: { input: { path: "b" } }, failed: "block" },
  {
    name: "a gate that wants to fail open",
    event: "tool_call",
    payload: CALL,
    changed: { input: {} },
    onFailure: "open",
    failed: "block",
  },
  { name: "a transform", event: "input", payload: INPUT, changed: { text: "bye" }, failed: "continue" },
  { name: "another transform", event: "context", payload: CONTEXT, changed: { messages: [] }, failed: "continue" },
  {
    name: "a transform tightened by its extension",
    event: "input",
    payload: INPUT,
    changed: { text: "" },
    onFailure: "closed",
    failed: "block",
  },
];

/** An extension with the SDK and one handler. */
function loadHook(
  workspace: Workspace,
  { id = "hook", event, deeds, options = {} }: { id?: string; event: string; deeds?: unknown[]; options?: Fields },
): Promise<ExtensionInfo> {
  const events = [{ event, options, ...(deeds === undefined ? {} : { deeds }) }];
  return workspace.load(fixture("decides.ts"), { id, config: { events } as never, startTimeoutMs: 15_000 });
}

/** An extension without the SDK. Answers are `{ result }`, `{ error }`, or what its process does instead. */
function loadRaw(
  workspace: Workspace,
  { id = "hook", hooks, answers = [] }: { id?: string; hooks: Fields[]; answers?: unknown[] },
): Promise<ExtensionInfo> {
  const source = { command: [process.execPath, fixture("raw-hook.mjs")] };
  return workspace.load(source, { id, config: { hooks, answers } as never, startTimeoutMs: 15_000 });
}

function rawHook({ event, onFailure }: Kind, fields: Fields = {}): Fields {
  return { event, ...(onFailure === undefined ? {} : { onFailure }), ...fields };
}

async function seenBy(workspace: Workspace, id: string): Promise<unknown[]> {
  return JSON.parse(await workspace.ask(`seen-by-${id}`)) as unknown[];
}

/** What the host tells of failed hooks. */
function failuresOf(workspace: Workspace): TauError[] {
  const failures: TauError[] = [];
  workspace.host.on("error", (error) => failures.push(error));
  return failures;
}

function expectFailed(decision: Decision, kind: Kind, failures: readonly TauError[]): void {
  const { event, payload, failed } = kind;
  const text = `The hook of extension \`hook\` on ${event} failed: `;
  expect(failures).toMatchObject([{ code: "hook-failed", extensionId: "hook" }]);
  expect(failures[0]?.message.slice(0, text.length)).toBe(text);
  expect(decision).toEqual(
    failed === "continue"
      ? { action: "continue", payload }
      : { action: "block", extensionId: "hook", reason: failures[0]?.message },
  );
}

describe.for(KINDS)("$name ($event)", (kind) => {
  const { event, payload, changed, onFailure } = kind;
  const options = onFailure === undefined ? {} : { onFailure };

  test("passes an event unchanged that no extension decides on", async () => {
    await using workspace = await openWorkspace();
    expect(await workspace.host.decide(event, payload)).toEqual({ action: "continue", payload });
  });

  test("continues on continue", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event, deeds: ["pass", { answer: { action: "continue" } }], options });
    for (let times = 0; times < 2; times++) {
      expect(await workspace.host.decide(event, payload)).toEqual({ action: "continue", payload });
    }
    expect(await seenBy(workspace, "hook")).toEqual([
      [event, payload],
      [event, payload],
    ]);
    expect(failures).toEqual([]);
  });

  test("replaces fields on modify, one level deep, and leaves the sender's payload alone", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event, deeds: [{ answer: { modify: changed } }], options });
    const before = structuredClone(payload);
    const decision = await workspace.host.decide(event, payload);
    expect(decision).toEqual({ action: "continue", payload: { ...payload, ...changed } });
    expect(payload).toEqual(before);
    expect(failures).toEqual([]);
  });

  test("blocks on block", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event, deeds: [{ answer: { block: "not today" } }], options });
    const expected = { action: "block", reason: "not today", extensionId: "hook" };
    expect(await workspace.host.decide(event, payload)).toEqual(expected);
    expect(failures).toEqual([]);
  });

  test("fails when the handler throws", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event, deeds: [{ throw: "out of tea" }], options });
    expectFailed(await workspace.host.decide(event, payload), kind, failures);
    expect(failures[0]?.message).toContain("out of tea");
  });

  test("fails when the handler answers in two ways at once", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event, deeds: [{ answer: { block: "no", modify: changed } }], options });
    expectFailed(await workspace.host.decide(event, payload), kind, failures);
  });

  const junk: unknown[] = [
    {},
    { result: null },
    { result: true },
    { result: "continue" },
    { result: [] },
    { result: ["continue"] },
    { result: {} },
    { result: { action: "allow" } },
    { result: { action: null } },
    { result: { action: ["continue"] } },
    { result: { action: "CONTINUE" } },
    { result: { action: "block" } },
    { result: { action: "block", reason: 5 } },
    { result: { action: "ask" } },
    { result: { action: "ask", prompt: null } },
    { result: { action: "modify" } },
    { result: { action: "modify", value: null } },
    { result: { action: "modify", value: [1] } },
    { result: { action: "modify", value: "text" } },
    { result: { block: "the SDK's short form" } },
    { result: { action: "__proto__" } },
    { result: { content: [] } },
    { error: 5 },
    { error: { code: 1013, message: "no" } },
    { error: { code: -32601, message: "no such method", data: { kind: "method-not-found" } } },
  ];

  test("fails on any answer outside the closed set", async () => {
    await using workspace = await openWorkspace();
    await loadRaw(workspace, { hooks: [rawHook(kind)], answers: junk });
    for (const answer of junk) {
      const failures: TauError[] = [];
      const stop = workspace.host.on("error", (error) => failures.push(error));
      const decision = await workspace.host.decide(event, payload, { ask: async () => true });
      stop();
      expect(failures, JSON.stringify(answer)).toHaveLength(1);
      expectFailed(decision, kind, failures);
    }
    expect(await workspace.ask("asked-hook")).toBe(String(junk.length));
  });

  test("fails when the hook does not answer in time", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadRaw(workspace, { hooks: [rawHook(kind, { timeoutMs: 50 })], answers: ["never"] });
    expectFailed(await workspace.host.decide(event, payload), kind, failures);
    expect(failures[0]?.message).toContain("50 ms");
  });

  test("fails when the whole process is stopped", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadRaw(workspace, { hooks: [rawHook(kind, { timeoutMs: 50 })], answers: ["stop"] });
    expectFailed(await workspace.host.decide(event, payload), kind, failures);
  });

  test.for(["exit", "close"])("fails when the extension crashes while it decides (%s)", async (answer) => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadRaw(workspace, { hooks: [rawHook(kind)], answers: [answer] });
    expectFailed(await workspace.host.decide(event, payload), kind, failures);
  });

  test("fails when the extension crashed before", async () => {
    await using workspace = await openWorkspace();
    const { pid = 0 } = await loadRaw(workspace, {
      hooks: [rawHook(kind)],
      answers: [{ result: { action: "continue" } }],
    });
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    process.kill(pid, "SIGKILL");
    await crashed;
    const failures = failuresOf(workspace);
    expectFailed(await workspace.host.decide(event, payload), kind, failures);
    expect(failures[0]?.message).toContain("is not started again by itself");
  });

  test("fails when a payload can't be sent", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event, options });
    const cyclic: Record<string, unknown> = { ...payload };
    cyclic["self"] = cyclic;
    expectFailed(await workspace.host.decide(event, cyclic as never), { ...kind, payload: cyclic as never }, failures);
  });

  test("asks nobody when the extension was unloaded", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadRaw(workspace, { hooks: [rawHook(kind)], answers: [{ result: { action: "block", reason: "no" } }] });
    await workspace.host.unload("hook");
    expect(await workspace.host.decide(event, payload)).toEqual({ action: "continue", payload });
    expect(failures).toEqual([]);
  });

  /** What a version of the extension answers: its own number, as a reason. */
  function says(number: number): string {
    return version(number, `api.on("${event}", () => ({ block: "v${number}" }), ${JSON.stringify(options)});`);
  }

  test("waits for an extension that is being started again, and asks it then", async () => {
    await using ext = await openSupervised({ source: says(1) });
    await ext.crash("restarting");
    const decision = await ext.workspace.host.decide(event, payload);
    expect(decision).toEqual({ action: "block", reason: "v1", extensionId: "ext" });
    expect(ext.info.restarts).toBe(1);
  });

  test("fails when its extension is started again and does not come back", async () => {
    const source = says(1).replace("(api) => {", '(api) => { if (existsSync("gone")) throw new Error("gone");');
    await using ext = await openSupervised({ source, maxCrashes: 2 });
    ext.workspace.write("gone", "");
    await ext.crash("restarting");
    const errors = ext.errors();
    const decision = await ext.workspace.host.decide(event, payload);
    expect(decision.action).toBe(kind.failed === "block" ? "block" : "continue");
    expect(errors.filter(({ code }) => code === "hook-failed")).toHaveLength(1);
  });

  const broken = { "does not parse": "export default (", "throws in its setup": "export default () => { throw 1; }" };

  test.for(Object.entries(broken))(
    "is asked in its old version while one that %s is loaded, and after",
    async ([, text]) => {
      await using ext = await openSupervised({ source: says(1) });
      const { host } = ext.workspace;
      ext.edit(text);
      const reload = errorOf(host.reload("ext"));
      const during = await Promise.all(Array.from({ length: 5 }, () => host.decide(event, payload)));
      await reload;
      for (const decision of [...during, await host.decide(event, payload)]) {
        expect(decision).toEqual({ action: "block", reason: "v1", extensionId: "ext" });
      }
    },
  );

  test("asks the new version after a crash and a reload", async () => {
    await using workspace = await openWorkspace();
    await loadRaw(workspace, { hooks: [rawHook(kind)], answers: ["exit"] });
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    await workspace.host.decide(event, payload);
    await crashed;
    const info = await workspace.host.reload("hook");
    workspace.pids.add(info.pid ?? 0);
    expect(await workspace.ask("asked-hook")).toBe("0");
  });
});

describe("a hook that asks the user", () => {
  async function decideAsking(options: HostDecideOptions): Promise<Decision> {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event: "tool_call", deeds: [{ answer: { ask: "Really write?" } }] });
    const decision = await workspace.host.decide("tool_call", CALL, options);
    expect(failures).toEqual([]);
    return decision;
  }

  const refusal = { action: "block", reason: "The user said no: Really write?", extensionId: "hook" };

  test("continues when the user says yes", async () => {
    const questions: unknown[] = [];
    const ask = async (question: object): Promise<boolean> => questions.push(question) > 0;
    expect(await decideAsking({ ask })).toEqual({ action: "continue", payload: CALL });
    expect(questions).toEqual([{ extensionId: "hook", prompt: "Really write?" }]);
  });

  test("blocks when the user says no", async () => {
    expect(await decideAsking({ ask: async () => false })).toEqual(refusal);
  });

  test("blocks when there is no user, and says so", async () => {
    expect(await decideAsking({})).toEqual({
      action: "block",
      reason: "Really write? (there is no user to ask)",
      extensionId: "hook",
    });
  });

  const unclear: [string, () => unknown][] = [
    ["rejects", () => Promise.reject(new Error("closed"))],
    [
      "throws",
      () => {
        throw new Error("no terminal");
      },
    ],
    ["answers nothing", async () => undefined],
    ["answers a text", async () => "no"],
    ["answers 1", async () => 1],
  ];

  test.for(unclear)("blocks when the question %s", async ([, ask]) => {
    expect(await decideAsking({ ask: ask as () => Promise<boolean> })).toEqual(refusal);
  });

  test("has all the time it needs: the hook's own time is over then", async () => {
    await using workspace = await openWorkspace();
    const event = "tool_call";
    await loadHook(workspace, { event, deeds: [{ answer: { ask: "Well?" } }], options: { timeoutMs: 1000 } });
    let answer: (yes: boolean) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      const ask = (): Promise<boolean> => {
        resolve();
        return new Promise((settle) => (answer = settle));
      };
      void workspace.host.decide(event, CALL, { ask }).then((decision) => decisions.push(decision));
    });
    const decisions: Decision[] = [];
    await asked;
    await workspace.expectNeighbour();
    expect(decisions).toEqual([]);
    answer(true);
    await expect.poll(() => decisions).toEqual([{ action: "continue", payload: CALL }]);
  });
});

describe("several hooks", () => {
  const trail = { ...CALL, input: { trail: "" } };

  async function loadAll(workspace: Workspace, event: EventName, hooks: [string, unknown[], number?][]): Promise<void> {
    await Promise.all(
      hooks.map(([id, deeds, priority]) =>
        loadHook(workspace, { id, event, deeds, options: priority === undefined ? {} : { priority } }),
      ),
    );
  }

  test("run in ascending priority, then by id, each on what the one before it made (K-5)", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadAll(workspace, "input", [
      ["d", [{ append: "d" }], -0.5],
      ["c", [{ append: "c" }], 5],
      ["b", [{ append: "b" }]],
      ["a", [{ append: "a" }], 0],
      ["B", [{ append: "B" }], 0],
      ["e", [{ append: "e" }], -10],
    ]);
    const decision = await workspace.host.decide("input", { text: "", source: "user" });
    expect(decision).toEqual({ action: "continue", payload: { text: "edBabc", source: "user" } });
    expect(await seenBy(workspace, "a")).toEqual([["input", { text: "edB", source: "user" }]]);
    expect(failures).toEqual([]);
  });

  test("end with the first that blocks; later ones of a transform are not asked", async () => {
    await using workspace = await openWorkspace();
    await loadAll(workspace, "input", [
      ["a", ["pass"]],
      ["b", [{ answer: { block: "b says no" } }]],
      ["c", [{ answer: { block: "c says no" } }]],
    ]);
    const decision = await workspace.host.decide("input", INPUT);
    expect(decision).toEqual({ action: "block", reason: "b says no", extensionId: "b" });
    expect(await seenBy(workspace, "c")).toEqual([]);
  });

  test("a gate that blocks does not wait for those after it, and the first in order counts", async () => {
    await using workspace = await openWorkspace();
    await loadAll(workspace, "tool_call", [
      ["a", ["pass"]],
      ["b", [{ answer: { block: "b says no" } }]],
      ["c", ["wait for abort"]],
      ["d", [{ answer: { block: "d says no" } }]],
    ]);
    const decision = await workspace.host.decide("tool_call", CALL);
    expect(decision).toEqual({ action: "block", reason: "b says no", extensionId: "b" });
    // The cancel is on its way before the question.
    expect(await seenBy(workspace, "c")).toContain("aborted");
  });

  test("a gate that never looks up when its answer is not needed any more is left alone", async () => {
    await using workspace = await openWorkspace({ cancelGraceMs: 50 });
    await loadAll(workspace, "tool_call", [
      ["a", [{ answer: { block: "no" } }]],
      ["b", ["hang"]],
    ]);
    expect(await workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block", extensionId: "a" });
    await sleep(150);
    expect(workspace.host.extensions().find(({ id }) => id === "b")?.state).toBe("ready");
    expect(await seenBy(workspace, "b")).toHaveLength(1);
  });

  test("what a gate thought of a payload that an earlier one changed counts for nothing", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadAll(workspace, "tool_call", [
      ["a", [{ append: "a" }]],
      ["b", [{ answer: { block: "not the old one" } }, "pass"]],
      ["c", [{ throw: "not the old one" }, "pass"]],
    ]);
    const trailed = { ...CALL, input: { trail: "" } };
    expect(await workspace.host.decide("tool_call", trailed)).toMatchObject({
      action: "continue",
      payload: { input: { trail: "a" } },
    });
    expect(failures).toEqual([]);
  });

  test("the user is not asked about what another gate blocks", async () => {
    await using workspace = await openWorkspace();
    await loadAll(workspace, "tool_call", [
      ["a", [{ answer: { ask: "really?" } }]],
      ["b", [{ answer: { block: "no" } }]],
    ]);
    const asked: string[] = [];
    const ask = async ({ prompt }: { prompt: string }): Promise<boolean> => asked.push(prompt) > 0;
    expect(await workspace.host.decide("tool_call", CALL, { ask })).toMatchObject({
      action: "block",
      extensionId: "b",
    });
    expect(asked).toEqual([]);
  });

  test("a failed transform does not undo what the others changed", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadAll(workspace, "input", [
      ["a", [{ append: "a" }]],
      ["b", [{ throw: "broken" }]],
      ["c", [{ append: "c" }]],
    ]);
    const decision = await workspace.host.decide("input", { text: "", source: "user" });
    expect(decision).toMatchObject({ action: "continue", payload: { text: "ac" } });
    expect(failures).toMatchObject([{ extensionId: "b" }]);
  });

  test("a gate that judged before a change judges the changed event, and may block it (K-9)", async () => {
    await using workspace = await openWorkspace();
    await loadAll(workspace, "tool_call", [
      ["a", ["pass", { answer: { block: "not like this" } }]],
      ["b", [{ append: "b" }]],
    ]);
    const decision = await workspace.host.decide("tool_call", trail);
    expect(decision).toEqual({ action: "block", reason: "not like this", extensionId: "a" });
    expect(await seenBy(workspace, "a")).toEqual([
      ["tool_call", trail],
      ["tool_call", { ...trail, input: { trail: "b" } }],
    ]);
  });

  test("a gate that judged before a change and is content lets the changed event pass", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadAll(workspace, "tool_call", [
      ["a", ["pass"]],
      ["b", [{ append: "b" }]],
      ["c", ["pass"]],
    ]);
    const payload = { ...trail, input: { trail: "b" } };
    expect(await workspace.host.decide("tool_call", trail)).toEqual({ action: "continue", payload });
    expect(await seenBy(workspace, "a")).toHaveLength(2);
    expect(await seenBy(workspace, "b"), "the last to change it saw all").toHaveLength(1);
    expect(await seenBy(workspace, "c"), "asked again about the final one").toEqual([
      ["tool_call", trail],
      ["tool_call", payload],
    ]);
    expect(failures).toEqual([]);
  });

  test("a gate that changes the event a second time has failed", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadAll(workspace, "tool_call", [
      ["a", [{ append: "a" }]],
      ["b", [{ append: "b" }]],
    ]);
    const decision = await workspace.host.decide("tool_call", trail);
    expect(decision).toMatchObject({ action: "block", extensionId: "a" });
    expect(failures).toMatchObject([{ code: "hook-failed", extensionId: "a" }]);
    expect(failures[0]?.message).toContain("changed the event again");
  });

  test("a gate that answers its own change once more has not failed", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    const change = { answer: { modify: { input: { x: 1, y: [2] } } } };
    const rest = { answer: { modify: { input: { y: [2], x: 1 } } } };
    await loadAll(workspace, "tool_call", [
      ["a", [change]],
      ["b", [rest]],
    ]);
    expect(await workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "continue" });
    expect(failures).toEqual([]);
  });

  test("a gate that fails in the second round blocks", async () => {
    await using workspace = await openWorkspace();
    await loadAll(workspace, "tool_call", [
      ["a", ["pass", { throw: "confused" }]],
      ["b", [{ append: "b" }]],
    ]);
    expect(await workspace.host.decide("tool_call", trail)).toMatchObject({ action: "block", extensionId: "a" });
  });

  test("a gate that is content in the first round may ask the user in the second", async () => {
    await using workspace = await openWorkspace();
    await loadAll(workspace, "tool_call", [
      ["a", ["pass", { answer: { ask: "Even so?" } }]],
      ["b", [{ append: "b" }]],
    ]);
    const prompts: string[] = [];
    const ask = async ({ prompt }: { prompt: string }): Promise<boolean> => prompts.push(prompt) === 0;
    expect(await workspace.host.decide("tool_call", trail, { ask })).toMatchObject({
      action: "block",
      extensionId: "a",
    });
    expect(prompts).toEqual(["Even so?"]);
  });

  test("a transform that changed the event is not asked about what later ones made of it", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadAll(workspace, "input", [
      ["a", [{ append: "a" }]],
      ["b", [{ append: "b" }]],
    ]);
    const decision = await workspace.host.decide("input", { text: "", source: "user" });
    expect(decision).toMatchObject({ action: "continue", payload: { text: "ab" } });
    expect(await seenBy(workspace, "a")).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  test("a slow hook holds its own event and nothing else (K-12)", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { id: "slow", event: "tool_call", deeds: ["wait for abort", "pass"] });
    const controller = new AbortController();
    const slow = workspace.host.decide("tool_call", CALL, { signal: controller.signal });
    expect(await workspace.host.decide("tool_call", CALL)).toEqual({ action: "continue", payload: CALL });
    expect(await workspace.host.decide("input", INPUT)).toEqual({ action: "continue", payload: INPUT });
    await workspace.expectNeighbour();
    controller.abort();
    expect(await slow).toMatchObject({ action: "block" });
  });
});

describe("deciding", () => {
  test("an abort is told to the handler and fails the hook at once", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadHook(workspace, { event: "tool_call", deeds: ["wait for abort"] });
    const controller = new AbortController();
    const decision = workspace.host.decide("tool_call", CALL, { signal: controller.signal });
    await expect.poll(() => seenBy(workspace, "hook")).toHaveLength(1);
    controller.abort();
    expect(await decision).toMatchObject({ action: "block", extensionId: "hook" });
    expect(failures).toMatchObject([{ cause: { code: "cancelled" } }]);
    await expect.poll(() => seenBy(workspace, "hook")).toContain("aborted");
  });

  test("a signal that has aborted already asks no gate and passes none", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { event: "tool_call" });
    const decision = await workspace.host.decide("tool_call", CALL, { signal: AbortSignal.abort() });
    expect(decision).toMatchObject({ action: "block" });
    expect(await seenBy(workspace, "hook")).toEqual([]);
  });

  test("a handler that stops when its time is over keeps its extension alive", async () => {
    await using workspace = await openWorkspace();
    const options = { timeoutMs: 50 };
    const { pid } = await loadHook(workspace, { event: "tool_call", deeds: ["wait for abort", "pass"], options });
    expect(await workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block" });
    await expect.poll(() => seenBy(workspace, "hook")).toContain("aborted");
    expect(await workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "continue" });
    expect(workspace.host.extensions().find(({ id }) => id === "hook")).toMatchObject({ state: "ready", pid });
  });

  test("a handler that goes on after its time is over is ended with its process", async () => {
    await using workspace = await openWorkspace({ cancelGraceMs: 300 });
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    await loadHook(workspace, { event: "tool_call", deeds: ["hang"], options: { timeoutMs: 50 } });
    expect(await workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block" });
    expect((await crashed).error).toMatchObject({ cause: { code: "extension-killed" } });
  });

  test("a handler that ends its process blocks what it decides on", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { event: "tool_call", deeds: ["exit"] });
    const decision = await workspace.host.decide("tool_call", CALL);
    expect(decision).toMatchObject({ action: "block", extensionId: "hook" });
    expect(decision).toHaveProperty("reason", expect.stringContaining("exited with code 3"));
  });

  test("a gate that is asked while its extension is unloaded blocks", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { event: "tool_call", deeds: ["wait for abort"] });
    const decision = workspace.host.decide("tool_call", CALL);
    await expect.poll(() => seenBy(workspace, "hook")).toHaveLength(1);
    await workspace.host.unload("hook");
    expect(await decision).toMatchObject({ action: "block", extensionId: "hook" });
  });

  test("a decision that is under way when the host is closed settles and blocks", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    await loadHook(workspace, { event: "tool_call", deeds: ["wait for abort"] });
    const decision = workspace.host.decide("tool_call", CALL);
    await expect.poll(() => seenBy(workspace, "hook")).toHaveLength(1);
    await workspace.host.close();
    expect(await decision).toMatchObject({ action: "block", extensionId: "hook" });
  });

  test("a listener that throws on a failed hook changes no decision", async () => {
    await using workspace = await openWorkspace();
    workspace.host.on("error", () => {
      throw new Error("broken listener");
    });
    await loadHook(workspace, { event: "tool_call", deeds: [{ throw: "broken hook" }] });
    expect(await workspace.host.decide("tool_call", CALL)).toMatchObject({ action: "block" });
  });

  test("several handlers of one extension are one hook, and the strictest answer wins", async () => {
    await using workspace = await openWorkspace();
    const events = [
      { event: "tool_call", deeds: [{ answer: { ask: "Sure?" } }] },
      { event: "tool_call", deeds: [{ answer: { block: "no" } }] },
    ];
    await workspace.load(fixture("decides.ts"), { id: "hook", config: { events } });
    const decision = await workspace.host.decide("tool_call", CALL, { ask: () => Promise.reject(new Error("asked")) });
    expect(decision).toEqual({ action: "block", reason: "no", extensionId: "hook" });
  });
});

describe("registering hooks", () => {
  test.for(["turn_end", "session_start", "bus:news", "no_such_event", "__proto__", ""])(
    'a hook on "%s" refuses the load (K-1)',
    async (event) => {
      await using workspace = await openWorkspace();
      const error = await errorOf(loadRaw(workspace, { hooks: [{ event }] }));
      expect(error).toMatchObject({ executed: "no", extensionId: "hook" });
      expect(error.message).toMatch(new RegExp(`hook.*[\`"]${event}[\`"]`));
      expect(workspace.host.extensions().map(({ id }) => id)).toEqual(["neighbour"]);
    },
  );

  test("a hook on an event that is only observed is refused by name", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(loadRaw(workspace, { hooks: [{ event: "turn_end" }] }));
    expect(error).toMatchObject({ code: "registration-refused", phase: "register" });
    expect(error.message).toContain("`turn_end`, which is only observed");
  });

  const bad: [string, Fields][] = [
    ["no event", {}],
    ["a number as event", { event: 5 }],
    ["a text as priority", { event: "input", priority: "high" }],
    ["no time", { event: "input", timeoutMs: 0 }],
    ["a negative time", { event: "input", timeoutMs: -1 }],
    ["an unknown wish about failures", { event: "input", onFailure: "ajar" }],
  ];

  test.for(bad)("a hook with %s refuses the load", async ([, hook]) => {
    await using workspace = await openWorkspace();
    const error = await errorOf(loadRaw(workspace, { hooks: [hook] }));
    expect(error).toMatchObject({ code: "protocol-violation", extensionId: "hook" });
  });

  test("two hooks of one extension on one event refuse the load (K-1)", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(loadRaw(workspace, { hooks: [{ event: "tool_call" }, { event: "tool_call" }] }));
    expect(error).toMatchObject({ code: "registration-refused", phase: "register", extensionId: "hook" });
    expect(error.message).toContain("one hook on `tool_call`, got two");
  });

  test("an extension tells which events it decides on", async () => {
    await using workspace = await openWorkspace();
    const info = await loadRaw(workspace, { hooks: [{ event: "tool_call" }, { event: "input" }] });
    expect(info).toMatchObject({ events: [], hooks: ["tool_call", "input"] });
  });
});

describe("emitting", () => {
  const turn = (number: number): [string, object] => ["turn_end", { turn: number }];

  test("an event reaches those that subscribed, in order, and nobody else", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { id: "hears", event: "turn_end" });
    await loadHook(workspace, { id: "deaf", event: "turn_start" });
    for (let number = 0; number < 500; number++) workspace.host.emit("turn_end", { turn: number });
    await expect.poll(() => seenBy(workspace, "hears")).toHaveLength(500);
    expect(await seenBy(workspace, "hears")).toEqual(Array.from({ length: 500 }, (_, number) => turn(number)));
    expect(await seenBy(workspace, "deaf")).toEqual([]);
  });

  test("a channel of the bus is an event of its own", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { id: "hears", event: "bus:news" });
    await loadHook(workspace, { id: "deaf", event: "bus:other" });
    workspace.host.emit("bus:news", { headline: "tea" });
    workspace.host.emit("bus:news", [null, 1]);
    workspace.host.emit("bus:weather", "rain");
    await expect.poll(() => seenBy(workspace, "hears")).toHaveLength(2);
    expect(await seenBy(workspace, "hears")).toEqual([
      ["bus:news", { headline: "tea" }],
      ["bus:news", [null, 1]],
    ]);
    expect(await seenBy(workspace, "deaf")).toEqual([]);
  });

  test("an observer that throws is logged with its place and hears the next event", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { id: "hears", event: "turn_end", deeds: [{ throw: "not my turn" }, "pass"] });
    const logged = workspace.next("log", ({ level }) => level === "error");
    workspace.host.emit("turn_end", { turn: 1 });
    workspace.host.emit("turn_end", { turn: 2 });
    expect(await logged).toMatchObject({ extensionId: "hears", source: "log" });
    expect((await logged).text).toMatch(/^The handler of turn_end failed: not my turn .*decides\.ts:\d+:\d+/);
    expect(await seenBy(workspace, "hears")).toEqual([turn(1), turn(2)]);
  });

  test("an observer that hangs or dies disturbs nobody", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { id: "hangs", event: "turn_end", deeds: ["hang"] });
    await loadHook(workspace, { id: "dies", event: "turn_end", deeds: ["exit"] });
    await loadHook(workspace, { id: "hears", event: "turn_end" });
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    workspace.host.emit("turn_end", { turn: 1 });
    expect(await crashed).toMatchObject({ extensionId: "dies" });
    workspace.host.emit("turn_end", { turn: 2 });
    expect(await seenBy(workspace, "hears")).toEqual([turn(1), turn(2)]);
    expect(await seenBy(workspace, "hangs")).toEqual([turn(1), turn(2)]);
  });

  test("an event without subscribers, after an unload and after the close, is nothing", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    workspace.host.emit("turn_end", { turn: 1 });
    await loadHook(workspace, { id: "hears", event: "turn_end" });
    await workspace.host.unload("hears");
    workspace.host.emit("turn_end", { turn: 2 });
    await workspace.host.close();
    workspace.host.emit("turn_end", { turn: 3 });
  });

  test("an event whose payload can't be sent disturbs neither the sender nor the next event", async () => {
    await using workspace = await openWorkspace();
    await loadHook(workspace, { id: "hears", event: "turn_end" });
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    workspace.host.emit("turn_end", cyclic as never);
    workspace.host.emit("turn_end", { turn: 1 });
    expect(await seenBy(workspace, "hears")).toEqual([turn(1)]);
  });
});

describe("what a hook may change (K-2, K-6)", () => {
  const command = { command: "ls" };

  test("a gate that lists no changes fails closed on modify", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    const answers = [{ result: { action: "modify", value: { command: "rm -rf /" } } }];
    await loadRaw(workspace, { hooks: [{ event: "user_bash" }], answers });
    const decision = await workspace.host.decide("user_bash", command);
    expect(decision).toMatchObject({ action: "block", extensionId: "hook" });
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("which is none of continue, block, ask"),
    ]);
  });

  test("a transform may not ask, and passes as it is when it does", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    await loadRaw(workspace, {
      hooks: [{ event: "input" }],
      answers: [{ result: { action: "ask", prompt: "really?" } }],
    });
    const decision = await workspace.host.decide("input", INPUT, { ask: () => Promise.resolve(false) });
    expect(decision).toEqual({ action: "continue", payload: INPUT });
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("which is none of continue, block, modify"),
    ]);
  });

  test("fields that the event does not list stay as they were, and the host tells", async () => {
    await using workspace = await openWorkspace();
    const failures = failuresOf(workspace);
    const value = { tool: "bash", input: { path: "b" } };
    await loadRaw(workspace, { hooks: [{ event: "tool_call" }], answers: [{ result: { action: "modify", value } }] });
    const decision = await workspace.host.decide("tool_call", CALL);
    expect(decision).toEqual({ action: "continue", payload: { ...CALL, input: { path: "b" } } });
    expect(failures.map(({ message }) => message)).toEqual([
      "Extension `hook` may change input of tool_call, not tool: ignored.",
    ]);
  });
});
