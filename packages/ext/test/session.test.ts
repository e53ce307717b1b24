import { readFileSync } from "node:fs";
import { ToolResult } from "tau-ext";
import { describe, expect, test } from "vitest";
import type { ExtensionApi, ToolRegistration } from "../src/api.ts";
import { SDK_VERSION } from "../src/session.ts";
import { connectExtension, deferred, flush, rejection, startExtension } from "./support.ts";

const empty = { type: "object", properties: {} } as const;

function addTool(api: ExtensionApi, name: string): ToolRegistration {
  return api.registerTool({
    name,
    description: `does ${name}`,
    parameters: empty,
    execute: () => ToolResult.text(name),
  });
}

describe("hello", () => {
  test("an extension that registers nothing answers with what it is", async () => {
    await using host = connectExtension(() => {});
    expect(await host.hello()).toEqual({
      protocol: 1,
      name: "tested",
      version: "1.2.3",
      sdk: { name: "tau-ext", version: SDK_VERSION, language: "typescript" },
      limits: { maxLineBytes: 16_777_216 },
      tools: [],
      events: [],
      hooks: [],
      commands: [],
      reload: "parallel",
      start: "lazy",
      selfTest: false,
      state: "none",
    });
  });

  test("the version it tells is the package's own", () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(SDK_VERSION).toBe(version);
  });

  test("everything registered during setup is told, in order of registration", async () => {
    await using host = await startExtension((api) => {
      api.registerTool({ ...tool("b"), label: "B", idempotent: true });
      api.registerTool(tool("a"));
      api.registerCommand({ name: "greet", description: "greets", execute: () => {} });
      api.registerCommand({ name: "pick", description: "picks", execute: () => {}, complete: () => [] });
      api.on("turn_start", () => {});
      api.on("bus:news", () => {});
      api.on("tool_call", () => {});
      api.on("input", () => {}, { priority: 5, onFailure: "closed", timeoutMs: 1000 });
      api.selfTest(() => {});
    });
    const { tools, commands, events, hooks, selfTest } = host.offer;
    expect({ tools, commands, events, hooks, selfTest }).toEqual({
      tools: [
        { name: "b", label: "B", description: "does b", parameters: empty, idempotent: true },
        { name: "a", description: "does a", parameters: empty },
      ],
      commands: [
        { name: "greet", description: "greets" },
        { name: "pick", description: "picks", completes: true },
      ],
      events: ["turn_start", "bus:news"],
      hooks: [{ event: "tool_call" }, { event: "input", priority: 5, onFailure: "closed", timeoutMs: 1000 }],
      selfTest: true,
    });
  });

  test("traits are told as they were declared", async () => {
    await using host = await startExtension((api) => {
      api.declare({ reload: "exclusive" });
      api.declare({ start: "eager" });
    });
    expect(host.offer).toMatchObject({ reload: "exclusive", start: "eager" });
  });

  test("a trait nobody knows is refused", async () => {
    await using host = connectExtension((api: ExtensionApi) => api.declare({ reload: "sometimes" as "parallel" }));
    await expect(host.hello()).rejects.toMatchObject({
      code: "setup-failed",
      message: 'Expected `reload` to be "parallel" or "exclusive", got "sometimes".',
    });
  });

  test("the answer waits for an asynchronous setup", async () => {
    const ready = deferred();
    await using host = connectExtension(async (api: ExtensionApi) => {
      await ready.promise;
      addTool(api, "late");
    });
    let answered = false;
    const offer = host.hello().finally(() => {
      answered = true;
    });
    await flush();
    expect(answered).toBe(false);
    ready.resolve();
    expect((await offer).tools.map(({ name }) => name)).toEqual(["late"]);
  });

  test("setup is told its place and its settings", async () => {
    const seen: object[] = [];
    const setup = ({ id, generation, cwd, config }: ExtensionApi): void =>
      void seen.push({ id, generation, cwd, config });
    await using one = await startExtension(setup);
    await using two = await startExtension(setup, {
      hello: { extension: { id: "x", generation: 4 }, cwd: "/here", config: { deep: { n: 1 } } },
    });
    expect([one.offer.protocol, two.offer.protocol]).toEqual([1, 1]);
    expect(seen).toEqual([
      { id: "tested", generation: 1, cwd: "/somewhere", config: {} },
      { id: "x", generation: 4, cwd: "/here", config: { deep: { n: 1 } } },
    ]);
  });

  test("the highest version that both speak is taken", async () => {
    await using host = await startExtension(() => {}, { hello: { protocol: { min: 1, max: 9 } } });
    expect(host.offer.protocol).toBe(1);
  });

  test("no version in common is an error that names the range spoken here, and setup does not run", async () => {
    let runs = 0;
    await using host = connectExtension(() => ++runs, { hello: { protocol: { min: 2, max: 3 } } });
    expect(await rejection(host.hello())).toMatchObject({
      code: "protocol-mismatch",
      executed: "no",
      detail: { protocol: { min: 1, max: 1 } },
      message: 'Expected a protocol between 1 and 1, got {"min":2,"max":3}. Update the older of host and extension.',
    });
    expect(runs).toBe(0);
  });

  test("a second hello is refused and changes nothing", async () => {
    let runs = 0;
    await using host = await startExtension((api) => {
      runs++;
      addTool(api, "a");
    });
    expect(await rejection(host.hello())).toMatchObject({ code: "invalid-request", executed: "no" });
    expect(await host.call("a")).toBe("a");
    expect(runs).toBe(1);
  });

  test("before hello only ping is answered", async () => {
    await using host = connectExtension(() => {});
    expect(await host.peer.request("ping", {})).toEqual({});
    expect(await rejection(host.call("a"))).toMatchObject({ code: "invalid-request", executed: "no" });
    expect(await rejection(host.peer.request("shutdown", { reason: "close" }))).toMatchObject({
      code: "invalid-request",
    });
    expect((await host.hello()).protocol).toBe(1);
  });

  test("what the host reads at most is kept to from the answer on", async () => {
    const setup = (api: ExtensionApi): void => {
      api.registerTool({ ...tool("big"), execute: () => ToolResult.text("x".repeat(3000)) });
    };
    await using host = await startExtension(setup, { hello: { limits: { maxLineBytes: 2000 } } });
    expect(await rejection(host.call("big"))).toMatchObject({ code: "message-too-large", executed: "yes" });
  });
});

describe("a setup that fails", () => {
  const failures: Record<string, { setup: unknown; message: string }> = {
    "by throwing": {
      setup: () => {
        throw new Error("no API key");
      },
      message: "no API key",
    },
    "by rejecting": {
      setup: async () => {
        await Promise.resolve();
        throw new Error("no network");
      },
      message: "no network",
    },
    "by throwing a text": {
      setup: () => {
        throw "just text";
      },
      message: "just text",
    },
    "by a refused registration": {
      setup: (api: ExtensionApi) => addTool(api, "no spaces"),
      message:
        'Expected a tool name of 1 to 64 letters, digits, `_` or `-`, got "no spaces". Models are not offered other names.',
    },
    "by not being there": {
      setup: undefined,
      message:
        "Expected the extension's default export to be a function `setup(api)`, got none. " +
        "Write `export default function setup(api) { … }`.",
    },
    "by being no function": {
      setup: { setup: true },
      message:
        "Expected the extension's default export to be a function `setup(api)`, got object. " +
        "Write `export default function setup(api) { … }`.",
    },
  };
  for (const [name, { setup, message }] of Object.entries(failures)) {
    test(`${name} is the answer to hello`, async () => {
      await using host = connectExtension(setup);
      expect(await rejection(host.hello())).toMatchObject({ code: "setup-failed", executed: "no", message });
    });
  }

  test("carries the author's stack", async () => {
    await using host = connectExtension(() => {
      throw new Error("where am I");
    });
    expect((await rejection(host.hello())).remoteStack).toMatch(/^Error: where am I\n +at .*session\.test\.ts/);
  });
});

describe("life", () => {
  test("a ping is answered while a tool runs", async () => {
    const work = deferred();
    await using host = await startExtension((api) => {
      api.registerTool({
        ...tool("slow"),
        execute: async () => {
          await work.promise;
          return ToolResult.text("slow");
        },
      });
    });
    const order: string[] = [];
    const answer = host.call("slow").then((text) => order.push(text));
    order.push(JSON.stringify(await host.peer.request("ping", {})));
    work.resolve();
    await answer;
    expect(order).toEqual(["{}", "slow"]);
  });

  test("shutdown runs all handlers, answers, and then ends the channel", async () => {
    const order: unknown[] = [];
    await using host = await startExtension((api) => {
      api.onShutdown((reason) => void order.push(reason));
      api.onShutdown(async () => {
        await flush();
        order.push("async");
      });
    });
    expect(await host.peer.request("shutdown", { reason: "reload" })).toEqual({});
    order.push(`answered, open: ${!host.peer.closed}`);
    await flush();
    expect(order).toEqual(["reload", "async", "answered, open: true"]);
    expect({ closed: host.peer.closed, ends: host.ends() }).toEqual({ closed: true, ends: 1 });
  });

  test("a shutdown handler that fails is logged and does not cut the others short", async () => {
    let finished = false;
    await using host = await startExtension((api) => {
      api.onShutdown(() => {
        throw new Error("can't save");
      });
      api.onShutdown(async () => {
        await flush();
        finished = true;
      });
    });
    expect(await host.peer.request("shutdown", { reason: "close" })).toEqual({});
    expect(finished).toBe(true);
    expect(host.logs).toEqual([
      expect.objectContaining({ level: "error", message: "A shutdown handler failed: can't save" }),
    ]);
  });

  test("during shutdown everything but ping is refused", async () => {
    const saving = deferred();
    await using host = await startExtension((api) => {
      addTool(api, "a");
      api.onShutdown(() => saving.promise);
    });
    const stopped = host.peer.request("shutdown", { reason: "close" });
    expect(await rejection(host.call("a"))).toMatchObject({ code: "shutting-down", executed: "no" });
    expect(await rejection(host.peer.request("shutdown", { reason: "close" }))).toMatchObject({
      code: "shutting-down",
    });
    expect(await host.peer.request("ping", {})).toEqual({});
    saving.resolve();
    expect(await stopped).toEqual({});
  });

  test("what still runs when the channel ends is aborted", async () => {
    const aborted = deferred<string>();
    const host = await startExtension((api) => {
      api.registerTool({
        ...tool("wait"),
        execute: (_params, { signal }) =>
          new Promise(() => signal.addEventListener("abort", () => aborted.resolve((signal.reason as Error).name))),
      });
    });
    host.call("wait").catch(() => {});
    await flush();
    host.peer.close();
    expect(await aborted.promise).toBe("AbortError");
    expect(host.ends()).toBe(1);
  });
});

describe("state over a reload", () => {
  test("a value is collected with its version, 1 unless said otherwise", async () => {
    await using first = await startExtension((api) => api.onReload(() => ({ count: 3 })));
    await using second = await startExtension((api) => api.onReload(async () => [1], { version: 7 }));
    expect(await first.peer.request("state/collect", {})).toEqual({ state: { version: 1, value: { count: 3 } } });
    expect(await second.peer.request("state/collect", {})).toEqual({ state: { version: 7, value: [1] } });
  });

  test("an extension without state hands over nothing", async () => {
    await using host = await startExtension(() => {});
    expect(await host.peer.request("state/collect", {})).toEqual({});
  });

  test("a collector that throws is the author's failure", async () => {
    await using host = await startExtension((api) =>
      api.onReload(() => {
        throw new Error("no state today");
      }),
    );
    expect(await rejection(host.peer.request("state/collect", {}))).toMatchObject({
      code: "extension-failed",
      message: "no state today",
    });
  });

  test("state of the right version is taken and told as accepted", async () => {
    let taken: unknown;
    await using host = await startExtension(
      (api) => {
        taken = api.takeState();
      },
      { hello: { previousState: { version: 1, value: { count: 5 } } } },
    );
    expect({ taken, state: host.offer.state }).toEqual({ taken: { count: 5 }, state: "accepted" });
  });

  test("state of an older version can be asked for and moved on", async () => {
    let taken: unknown;
    await using host = await startExtension(
      (api) => {
        taken = api.takeState(2) ?? { moved: api.takeState(1) ?? null };
      },
      { hello: { previousState: { version: 1, value: 5 } } },
    );
    expect({ taken, state: host.offer.state }).toEqual({ taken: { moved: 5 }, state: "accepted" });
  });

  test("state of another version is declined, and so is state nobody asks for", async () => {
    let taken: unknown = "untouched";
    const previousState = { version: 2, value: 1 };
    await using other = await startExtension((api) => (taken = api.takeState(1)) as undefined, {
      hello: { previousState },
    });
    await using nobody = await startExtension(() => {}, { hello: { previousState } });
    expect({ taken, other: other.offer.state, nobody: nobody.offer.state }).toEqual({
      taken: undefined,
      other: "declined",
      nobody: "declined",
    });
  });
});

describe("the self-test", () => {
  test("passes in silence", async () => {
    let runs = 0;
    await using host = await startExtension((api) => api.selfTest(() => void runs++));
    expect(await host.peer.request("selftest/run", {})).toEqual({});
    expect(runs).toBe(1);
  });

  test("fails with the author's message", async () => {
    await using host = await startExtension((api) =>
      api.selfTest(async () => {
        throw new Error("not yet");
      }),
    );
    expect(await rejection(host.peer.request("selftest/run", {}))).toMatchObject({
      code: "extension-failed",
      message: "not yet",
    });
  });
});

describe("commands", () => {
  test("a command gets everything after its name as typed", async () => {
    const seen: string[] = [];
    await using host = await startExtension((api) => {
      api.registerCommand({ name: "greet", description: "greets", execute: (args) => void seen.push(args) });
    });
    expect(await host.peer.request("command/run", { command: "greet", arguments: "  Ada  Lovelace " })).toEqual({});
    expect(seen).toEqual(["  Ada  Lovelace "]);
  });

  test("a command completes what it offers, and nothing if it offers nothing", async () => {
    await using host = await startExtension((api) => {
      const complete = (prefix: string) => [{ value: `${prefix}da`, description: "first" }];
      api.registerCommand({ name: "greet", description: "greets", execute: () => {}, complete });
      api.registerCommand({ name: "leave", description: "leaves", execute: () => {} });
    });
    expect(await host.peer.request("command/complete", { command: "greet", prefix: "A" })).toEqual({
      completions: [{ value: "Ada", description: "first" }],
    });
    expect(await host.peer.request("command/complete", { command: "leave", prefix: "A" })).toEqual({ completions: [] });
  });

  test("a command that throws, or whose completion does, is the author's failure", async () => {
    const broken = (): never => {
      throw new Error("broken");
    };
    await using host = await startExtension((api) => {
      api.registerCommand({ name: "greet", description: "greets", execute: broken, complete: broken });
    });
    const run = host.peer.request("command/run", { command: "greet", arguments: "" });
    expect(await rejection(run)).toMatchObject({ code: "extension-failed", message: "broken" });
    const complete = host.peer.request("command/complete", { command: "greet", prefix: "" });
    expect(await rejection(complete)).toMatchObject({ code: "extension-failed", message: "broken" });
  });

  test("a command nobody registered is refused", async () => {
    await using host = await startExtension(() => {});
    expect(await rejection(host.peer.request("command/run", { command: "leave", arguments: "" }))).toMatchObject({
      code: "invalid-params",
      message: "This extension has no command `leave`.",
    });
  });

  test("a command that is cancelled says so", async () => {
    await using host = await startExtension((api) => {
      api.registerCommand({
        name: "wait",
        description: "waits",
        execute: (_args, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      });
    });
    const controller = new AbortController();
    const run = host.peer.request("command/run", { command: "wait", arguments: "" }, { signal: controller.signal });
    await flush();
    controller.abort();
    expect(await rejection(run)).toMatchObject({ code: "cancelled" });
    await flush();
    expect(host.peer.pending).toBe(0);
  });
});

describe("logs", () => {
  test("each level and its data reach the host", async () => {
    await using host = await startExtension(({ log }) => {
      log.debug("one");
      log.info("two", { n: 2 });
      log.warn("three", null);
      log.error("four", [4]);
    });
    expect(host.logs).toEqual([
      { level: "debug", message: "one" },
      { level: "info", message: "two", data: { n: 2 } },
      { level: "warn", message: "three", data: null },
      { level: "error", message: "four", data: [4] },
    ]);
  });

  test("data that is no JSON costs the data and not the line", async () => {
    await using host = await startExtension(({ log }) => {
      const cycle: Record<string, never> = {};
      Object.assign(cycle, { self: cycle });
      log.info("round", cycle);
      log.info("next");
    });
    expect(host.logs).toEqual([
      { level: "info", message: "round", data: expect.stringMatching(/^\(not JSON: .*circular/) as string },
      { level: "info", message: "next" },
    ]);
  });
});

describe("what comes too late", () => {
  const late: Record<string, { act: (api: ExtensionApi) => void; what: string }> = {
    "a hook": { act: (api) => api.on("tool_call", () => {}), what: 'on("tool_call")' },
    "a command": {
      act: (api) => api.registerCommand({ name: "greet", description: "greets", execute: () => {} }),
      what: 'registerCommand("greet")',
    },
    traits: { act: (api) => api.declare({ start: "eager" }), what: "declare(…)" },
    "a self-test": { act: (api) => api.selfTest(() => {}), what: "selfTest(…)" },
  };
  for (const [name, { act, what }] of Object.entries(late)) {
    test(`${name} is refused after setup`, async () => {
      let kept: ExtensionApi | undefined;
      await using host = await startExtension((api) => void (kept = api));
      expect(host.offer.hooks).toEqual([]);
      expect(() => act(kept as ExtensionApi)).toThrow(
        expect.objectContaining({
          code: "registration-refused",
          message: `Expected ${what} during setup, got it later. Only tools may come and go.`,
        }),
      );
    });
  }
});

function tool(name: string) {
  return { name, description: `does ${name}`, parameters: empty, execute: () => ToolResult.text(name) };
}
