import type { HookAnswer, JsonObject, TauError } from "tau-protocol";
import { EVENTS } from "tau-protocol";
import { describe, expect, test } from "vitest";
import type { EventHandler, HookOptions } from "../src/api.ts";
import { deferred, flush, rejection, startExtension, type TestHost } from "./support.ts";

type Handlers = readonly (readonly [EventHandler, HookOptions?])[];

/** An extension with these handlers of one event. */
async function startHooks(event: "tool_call" | "input", handlers: Handlers) {
  return startExtension((api) => {
    for (const [handler, options] of handlers) api.on(event, handler, options);
  });
}

async function decide(host: TestHost, payload: JsonObject = { text: "hi" }, event = "input"): Promise<HookAnswer> {
  return host.peer.request("hook/run", { event, payload });
}

/** What the host is answered by one handler. */
async function answerOf(handler: EventHandler): Promise<HookAnswer | TauError> {
  await using host = await startHooks("tool_call", [[handler]]);
  return await decide(host, {}, "tool_call").catch((error: TauError) => error);
}

describe("a hook's answer", () => {
  const answers: Record<string, { returned: unknown; expected: HookAnswer }> = {
    nothing: { returned: undefined, expected: { action: "continue" } },
    "a block": { returned: { block: "too dangerous" }, expected: { action: "block", reason: "too dangerous" } },
    "a change": { returned: { modify: { text: "x" } }, expected: { action: "modify", value: { text: "x" } } },
    "no change": { returned: { modify: {} }, expected: { action: "continue" } },
    "a question": { returned: { ask: "really?" }, expected: { action: "ask", prompt: "really?" } },
    "continue in full": { returned: { action: "continue" }, expected: { action: "continue" } },
    "a block in full": { returned: { action: "block", reason: "no" }, expected: { action: "block", reason: "no" } },
    "a question in full": { returned: { action: "ask", prompt: "?" }, expected: { action: "ask", prompt: "?" } },
    "a change in full": {
      returned: { action: "modify", value: { text: "y" } },
      expected: { action: "modify", value: { text: "y" } },
    },
  };
  for (const [name, { returned, expected }] of Object.entries(answers)) {
    test(`of ${name} is understood, at once or later`, async () => {
      expect(await answerOf(() => returned as HookAnswer)).toEqual(expected);
      expect(await answerOf(async () => returned as HookAnswer)).toEqual(expected);
    });
  }

  const junk: Record<string, unknown> = {
    null: null,
    true: true,
    false: false,
    "a text": "block",
    "an empty object": {},
    "an unknown action": { action: "allow" },
    "an action that is no text": { action: 1 },
    "a block without a reason": { action: "block" },
    "a block whose reason is no text": { block: { reason: "x" } },
    "a block of false": { block: false },
    "a question without a prompt": { action: "ask" },
    "a question that is no text": { ask: 7 },
    "a change without a value": { action: "modify" },
    "a change of a list": { modify: ["x"] },
    "a change that is text": { modify: "x" },
    "a list": [{ block: "x" }],
  };
  for (const [name, returned] of Object.entries(junk)) {
    test(`of ${name} is a failure and never passes for continue`, async () => {
      const answer = await answerOf(() => returned as HookAnswer);
      expect(answer).toMatchObject({ code: "hook-failed" });
      expect((answer as TauError).message).toBe(
        `Expected nothing, { block }, { modify } or { ask } from the handler, got ${JSON.stringify(returned)}.`,
      );
    });
  }

  test("that can't be shown is still a failure", async () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(await answerOf(() => cycle as unknown as HookAnswer)).toMatchObject({ code: "hook-failed" });
  });

  test("by throwing is a failure with the author's message and stack", async () => {
    const answer = await answerOf(() => {
      throw new Error("gate broken");
    });
    expect(answer).toMatchObject({ code: "hook-failed", message: "gate broken" });
    expect((answer as TauError).remoteStack).toMatch(/events\.test\.ts/);
  });

  test("waits for the handler, which is told of a cancel", async () => {
    const aborted = deferred();
    await using host = await startHooks("tool_call", [
      [
        (_event, { signal }) =>
          new Promise((resolve) => signal.addEventListener("abort", () => (aborted.resolve(), resolve()))),
      ],
    ]);
    const controller = new AbortController();
    const asked = host.peer.request("hook/run", { event: "tool_call", payload: {} }, { signal: controller.signal });
    await flush();
    controller.abort();
    expect(await rejection(asked)).toMatchObject({ code: "cancelled" });
    await aborted.promise;
  });
});

describe("several handlers of one event", () => {
  test("are one hook, with the strictest of their options", async () => {
    const handler: EventHandler = () => {};
    await using host = await startHooks("input", [
      [handler, { priority: 5, timeoutMs: 1000 }],
      [handler, { priority: -1, onFailure: "open", timeoutMs: 2000 }],
      [handler, { onFailure: "closed", timeoutMs: 500 }],
    ]);
    expect(host.offer.hooks).toEqual([{ event: "input", priority: -1, timeoutMs: 3500, onFailure: "closed" }]);
  });

  test("a handler without a limit keeps the usual one beside one that has its own", async () => {
    await using host = await startHooks("input", [[() => {}, { timeoutMs: 1000 }], [() => {}]]);
    expect(host.offer.hooks).toEqual([{ event: "input", timeoutMs: 31_000 }]);
  });

  test("a handler that may fail open does not loosen one that says nothing", async () => {
    await using host = await startHooks("tool_call", [[() => {}, { onFailure: "open" }], [() => {}]]);
    expect(host.offer.hooks).toEqual([{ event: "tool_call" }]);
  });

  test("each sees what the one before it made, and the host gets all changes at once", async () => {
    const seen: unknown[] = [];
    await using host = await startHooks("input", [
      [(event) => (seen.push(event), { modify: { text: "one", extra: 1 } })],
      [(event) => void seen.push(event)],
      [(event) => (seen.push(event), { modify: { text: "three" } })],
    ]);
    expect(await decide(host, { text: "zero", kept: true })).toEqual({
      action: "modify",
      value: { text: "three", extra: 1 },
    });
    expect(seen).toEqual([
      { text: "zero", kept: true },
      { text: "one", extra: 1, kept: true },
      { text: "one", extra: 1, kept: true },
    ]);
  });

  test("run in ascending priority, and in order of registration where it is the same", async () => {
    const order: string[] = [];
    const note =
      (name: string): EventHandler =>
      () =>
        void order.push(name);
    await using host = await startHooks("tool_call", [
      [note("b"), { priority: 1 }],
      [note("c"), { priority: 1 }],
      [note("a")],
      [note("z"), { priority: -5 }],
    ]);
    await decide(host, {}, "tool_call");
    expect(order).toEqual(["z", "a", "b", "c"]);
  });

  test("a block ends the chain", async () => {
    let asked = false;
    await using host = await startHooks("tool_call", [[() => ({ block: "no" })], [() => void (asked = true)]]);
    expect(await decide(host, {}, "tool_call")).toEqual({ action: "block", reason: "no" });
    expect(asked).toBe(false);
  });

  test("a block wins over a question that came before it", async () => {
    await using host = await startHooks("tool_call", [[() => ({ ask: "sure?" })], [() => ({ block: "never" })]]);
    expect(await decide(host, {}, "tool_call")).toEqual({ action: "block", reason: "never" });
  });

  test("a question wins over handlers that let the event pass, and the first is asked", async () => {
    await using host = await startHooks("tool_call", [
      [() => {}],
      [() => ({ ask: "one?" })],
      [() => ({ ask: "two?" })],
      [() => {}],
    ]);
    expect(await decide(host, {}, "tool_call")).toEqual({ action: "ask", prompt: "one?" });
  });

  test("a change and a question can't both be told, and neither is dropped in silence", async () => {
    await using host = await startHooks("tool_call", [[() => ({ modify: { input: {} } })], [() => ({ ask: "sure?" })]]);
    expect(await rejection(decide(host, {}, "tool_call"))).toMatchObject({
      code: "hook-failed",
      message:
        "Expected the handlers of `tool_call` to change the event or to ask about it, got both. Ask in an extension of its own.",
    });
  });

  test("one that fails makes the hook fail, whatever the others say", async () => {
    await using host = await startHooks("tool_call", [
      [
        () => {
          throw new Error("broken");
        },
      ],
      [() => undefined],
    ]);
    expect(await rejection(decide(host, {}, "tool_call"))).toMatchObject({ code: "hook-failed", message: "broken" });
  });
});

describe("events that are only heard of", () => {
  test("are delivered in order to every handler", async () => {
    const seen: unknown[] = [];
    await using host = await startExtension((api) => {
      api.on("turn_start", (event) => void seen.push(["first", event]));
      api.on("turn_start", (event) => void seen.push(["second", event]));
      api.on("bus:news", (event) => void seen.push(["bus", event]));
    });
    host.peer.notify("event/deliver", {
      events: [
        { name: "turn_start", payload: { turn: 1 } },
        { name: "bus:news", payload: "hello" },
        { name: "turn_start", payload: { turn: 2 } },
        { name: "turn_end", payload: {} },
      ],
    });
    await flush();
    expect(seen).toEqual([
      ["first", { turn: 1 }],
      ["second", { turn: 1 }],
      ["bus", "hello"],
      ["first", { turn: 2 }],
      ["second", { turn: 2 }],
    ]);
  });

  test("a handler that fails is logged with its stack and disturbs nobody", async () => {
    const seen: unknown[] = [];
    await using host = await startExtension((api) => {
      api.on("turn_start", () => {
        throw new Error("at once");
      });
      api.on("turn_start", async () => {
        await Promise.resolve();
        throw new Error("later");
      });
      api.on("turn_start", (event) => void seen.push(event));
    });
    host.peer.notify("event/deliver", { events: [{ name: "turn_start", payload: { turn: 1 } }] });
    await flush();
    expect(seen).toEqual([{ turn: 1 }]);
    const data = expect.stringContaining("events.test.ts") as string;
    expect(host.logs).toEqual([
      { level: "error", message: "The handler of turn_start failed: at once", data },
      { level: "error", message: "The handler of turn_start failed: later", data },
    ]);
  });

  test("a delivery of any shape does no harm", async () => {
    await using host = await startExtension((api) => api.on("turn_start", () => {}));
    for (const params of [{}, { events: 1 }, { events: [null] }, { events: [{}] }]) {
      host.peer.notify("event/deliver", params as never);
    }
    await flush();
    expect(await host.peer.request("ping", {})).toEqual({});
  });
});

describe("subscribing", () => {
  test("to a name the catalogue does not have is refused with the names it has", async () => {
    await using host = await startExtension((api) => {
      expect(() => api.on("tool_cal" as "tool_call", () => {})).toThrow(
        expect.objectContaining({
          code: "registration-refused",
          message: `Expected the name of an event, got \`tool_cal\`. The catalogue has: ${Object.keys(EVENTS).join(", ")}.`,
        }),
      );
    });
    expect(host.offer.hooks).toEqual([]);
  });

  test("with something that is no function is refused", async () => {
    await using host = await startExtension((api) => {
      expect(() => api.on("tool_call", undefined as unknown as EventHandler)).toThrow(
        "Expected a function that handles `tool_call`, got undefined.",
      );
    });
    expect(host.offer.hooks).toEqual([]);
  });

  test("transforms and gates become hooks, everything else is heard of", async () => {
    await using host = await startExtension((api) => {
      for (const name of Object.keys(EVENTS)) api.on(name as "tool_call", () => {});
    });
    const kinds = Object.entries(EVENTS);
    expect(host.offer.events).toEqual(kinds.filter(([, { kind }]) => kind === "observe").map(([name]) => name));
    expect(host.offer.hooks.map(({ event }) => event)).toEqual(
      kinds.filter(([, { kind }]) => kind !== "observe").map(([name]) => name),
    );
  });
});
