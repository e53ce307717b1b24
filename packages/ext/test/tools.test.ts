import { ToolResult } from "tau-ext";
import { TauError } from "tau-protocol";
import { describe, expect, test } from "vitest";
import type { ExtensionApi, Tool, ToolContext } from "../src/api.ts";
import { deferred, flush, rejection, startExtension, type TestHost } from "./support.ts";

const empty = { type: "object", properties: {} } as const;

function startTool(execute: (params: object, ctx: ToolContext) => unknown): Promise<TestHost> {
  return startExtension((api) => {
    api.registerTool({ name: "run", description: "runs", parameters: empty, execute: execute as Tool["execute"] });
  });
}

describe("running a tool", () => {
  test("the answer is what execute returns, at once or later", async () => {
    const answer = { content: [{ type: "text", text: "done" }], details: { n: 1 }, isError: true };
    await using now = await startTool(() => answer);
    await using later = await startTool(async () => answer);
    for (const host of [now, later]) {
      expect(await host.peer.request("tool/execute", { tool: "run", arguments: {} })).toEqual(answer);
    }
  });

  test("a promise of another library is waited for", async () => {
    await using host = await startTool(() => ({
      // oxlint-disable-next-line unicorn/no-thenable -- as knex and others have it
      then: (resolve: (value: unknown) => void) => resolve(ToolResult.text("from a thenable")),
    }));
    expect(await host.call("run")).toBe("from a thenable");
  });

  test("execute keeps its `this`", async () => {
    await using host = await startExtension((api) => {
      const counter = {
        name: "count",
        description: "counts",
        parameters: empty,
        count: 0,
        execute() {
          return ToolResult.text(String(++this.count));
        },
      };
      api.registerTool(counter);
    });
    expect([await host.call("count"), await host.call("count")]).toEqual(["1", "2"]);
  });

  test("a tool is told its arguments and the model's id of the call", async () => {
    await using host = await startTool((params, { callId }) => ToolResult.text(JSON.stringify({ params, callId })));
    const { content } = await host.peer.request("tool/execute", { tool: "run", arguments: { a: [1] }, callId: "c7" });
    expect(content).toEqual([{ type: "text", text: '{"params":{"a":[1]},"callId":"c7"}' }]);
  });

  test("progress arrives in order, text and content alike, even taken out of the context", async () => {
    await using host = await startTool(async (_params, { progress }) => {
      progress("one");
      await flush();
      progress(ToolResult.image("AA==", "image/png"));
      return ToolResult.text("done");
    });
    const seen: unknown[] = [];
    await host.peer.request(
      "tool/execute",
      { tool: "run", arguments: {} },
      { onProgress: (value) => seen.push(value) },
    );
    expect(seen).toEqual([
      { content: [{ type: "text", text: "one" }] },
      { content: [{ type: "image", data: "AA==", mimeType: "image/png" }] },
    ]);
  });

  test("calls of one tool run at the same time", async () => {
    const both = deferred();
    let running = 0;
    await using host = await startTool(async () => {
      if (++running === 2) both.resolve();
      await both.promise;
      return ToolResult.text("together");
    });
    expect(await Promise.all([host.call("run"), host.call("run")])).toEqual(["together", "together"]);
  });

  test("a throw is a failed tool with the author's message and stack", async () => {
    const broken = (): never => {
      throw new RangeError("out of bounds");
    };
    await using now = await startTool(broken);
    await using later = await startTool(async () => broken());
    for (const host of [now, later]) {
      const error = await rejection(host.call("run"));
      expect(error).toMatchObject({ code: "tool-failed", executed: "maybe", message: "out of bounds" });
      expect(error.remoteStack).toMatch(/^RangeError: out of bounds\n +at .*broken.*tools\.test\.ts/);
    }
  });

  test("the error of a request that the tool made does not pass for its own: the tool did run", async () => {
    await using host = await startTool(() => {
      throw new TauError("unavailable", "try later", { retryable: true, executed: "no" });
    });
    expect(await rejection(host.call("run"))).toMatchObject({
      code: "tool-failed",
      message: "try later",
      retryable: false,
      executed: "maybe",
    });
  });

  test("a throw after the cancel says cancelled", async () => {
    await using host = await startTool(
      (_params, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped")))),
    );
    const controller = new AbortController();
    const call = host.peer.request("tool/execute", { tool: "run", arguments: {} }, { signal: controller.signal });
    await flush();
    controller.abort();
    expect(await rejection(call)).toMatchObject({ code: "cancelled" });
    await flush();
    expect(host.peer.pending).toBe(0);
  });

  const wrong: Record<string, { value: unknown; described: string }> = {
    nothing: { value: undefined, described: "undefined" },
    null: { value: null, described: "null" },
    "a text": { value: "hello", described: "string" },
    "an object of another shape": { value: { text: "hello" }, described: "an object (text)" },
    "content that is no list": { value: { content: "hello" }, described: "an object (content)" },
  };
  for (const [name, { value, described }] of Object.entries(wrong)) {
    test(`${name} is no result, at once or later`, async () => {
      await using now = await startTool(() => value);
      await using later = await startTool(async () => value);
      for (const host of [now, later]) {
        expect(await rejection(host.call("run"))).toMatchObject({
          code: "tool-failed",
          executed: "yes",
          message: `Expected \`execute\` of tool \`run\` to return a ToolResult, got ${described}. Return ToolResult.text(…).`,
        });
      }
    });
  }

  test("a result that is no JSON says that the work was done", async () => {
    await using host = await startTool(() => ({ content: [], details: 1n }));
    expect(await rejection(host.call("run"))).toMatchObject({ code: "internal-error", executed: "yes" });
  });

  test("a tool nobody registered is unknown and was not executed", async () => {
    await using host = await startExtension(() => {});
    for (const name of ["run", "toString", "__proto__"]) {
      expect(await rejection(host.call(name))).toMatchObject({
        code: "unknown-tool",
        executed: "no",
        message: `This extension has no tool \`${name}\`.`,
      });
    }
  });
});

describe("registering a tool that can't be offered", () => {
  const good = { name: "good", description: "good", parameters: empty, execute: () => ToolResult.text("good") };
  const badName = (got: string): string =>
    `Expected a tool name of 1 to 64 letters, digits, \`_\` or \`-\`, got ${got}. Models are not offered other names.`;
  const refused: Record<string, { tool: unknown; message: string }> = {
    "without a name": { tool: { ...good, name: undefined }, message: badName("undefined") },
    "with an empty name": { tool: { ...good, name: "" }, message: badName('""') },
    "with a name of 65 letters": { tool: { ...good, name: "x".repeat(65) }, message: badName(`"${"x".repeat(65)}"`) },
    "with a newline after its name": { tool: { ...good, name: "good\n" }, message: badName('"good\\n"') },
    "without a description": {
      tool: { ...good, description: undefined },
      message: "Expected tool `good` to have a `description` for the model, got undefined.",
    },
    "without a function": {
      tool: { ...good, execute: "run" },
      message: "Expected tool `good` to have a function `execute`, got string.",
    },
    "that is nothing": { tool: undefined, message: "Expected registerTool({ … }), got undefined." },
    "that is null": { tool: null, message: "Expected registerTool({ … }), got null." },
  };
  for (const [name, { tool, message }] of Object.entries(refused)) {
    test(`${name} is refused with a sentence that says why`, async () => {
      await using host = await startExtension((api) => {
        expect(() => api.registerTool(tool as Tool)).toThrow(
          expect.objectContaining({ code: "registration-refused", executed: "no", message }),
        );
      });
      expect(host.offer.tools).toEqual([]);
    });
  }

  test("a second tool of the same name is refused and the first stays", async () => {
    await using host = await startExtension((api) => {
      api.registerTool(good);
      expect(() => api.registerTool({ ...good, execute: () => ToolResult.text("second") })).toThrow(
        "Tool `good` is registered already by this extension. Remove the first, or rename one.",
      );
    });
    expect(await host.call("good")).toBe("good");
  });
});

describe("tools that come and go", () => {
  interface Update {
    addTools?: { name: string }[];
    removeTools?: string[];
  }

  async function startWithApi(answer: (update: Update) => unknown) {
    const updates: Update[] = [];
    let api: ExtensionApi | undefined;
    const host = await startExtension((given) => void (api = given), {
      requests: {
        "registry/update": (params) => {
          updates.push(params as Update);
          return answer(params as Update);
        },
      },
    });
    const add = (name: string) =>
      (api as ExtensionApi).registerTool({
        name,
        description: name,
        parameters: empty,
        execute: () => ToolResult.text(name),
      });
    return { ...host, updates, add };
  }

  test("a tool registered later is told to the host, and works once accepted", async () => {
    await using host = await startWithApi(() => ({}));
    const registration = host.add("late");
    expect(registration.name).toBe("late");
    await registration.registered;
    expect(host.updates).toEqual([{ addTools: [{ name: "late", description: "late", parameters: empty }] }]);
    expect(await host.call("late")).toBe("late");
  });

  test("a refused tool rejects, is logged and is not there", async () => {
    await using host = await startWithApi(() => {
      throw new TauError("registration-refused", "`late` belongs to `other`", { executed: "no" });
    });
    const { registered } = host.add("late");
    expect(await rejection(registered)).toMatchObject({
      code: "registration-refused",
      message: "`late` belongs to `other`",
    });
    expect(await rejection(host.call("late"))).toMatchObject({ code: "unknown-tool" });
    expect(host.logs).toEqual([{ level: "error", message: "The host refused tool late: `late` belongs to `other`" }]);
  });

  test("a refusal nobody waits for does no harm", async () => {
    await using host = await startWithApi(() => {
      throw new TauError("registration-refused", "no", { executed: "no" });
    });
    host.add("late");
    await flush();
    expect(await host.peer.request("ping", {})).toEqual({});
  });

  test("a removed tool is told to the host once and is gone", async () => {
    await using host = await startWithApi(() => ({}));
    const registration = host.add("late");
    await registration.registered;
    await registration.remove();
    await registration.remove();
    expect(host.updates.slice(1)).toEqual([{ removeTools: ["late"] }]);
    expect(await rejection(host.call("late"))).toMatchObject({ code: "unknown-tool" });
  });

  test("a removed name can be registered again", async () => {
    await using host = await startWithApi(() => ({}));
    const registration = host.add("late");
    await registration.registered;
    await registration.remove();
    await host.add("late").registered;
    expect(await host.call("late")).toBe("late");
  });

  test("a call in flight goes on when its tool is removed", async () => {
    const work = deferred();
    let remove: () => Promise<void> = async () => {};
    await using host = await startExtension(
      (api) => {
        const execute = async () => {
          await work.promise;
          return ToolResult.text("finished");
        };
        ({ remove } = api.registerTool({ name: "slow", description: "slow", parameters: empty, execute }));
      },
      { requests: { "registry/update": () => ({}) } },
    );
    const call = host.call("slow");
    await flush();
    await remove();
    work.resolve();
    expect(await call).toBe("finished");
  });

  test("a tool added and removed during setup is never told", async () => {
    const updates: unknown[] = [];
    await using host = await startExtension(
      async (api) => {
        const { remove } = api.registerTool({
          name: "gone",
          description: "gone",
          parameters: empty,
          execute: () => ToolResult.text(""),
        });
        await remove();
      },
      { requests: { "registry/update": (params) => void updates.push(params) } },
    );
    await flush();
    expect({ tools: host.offer.tools, updates }).toEqual({ tools: [], updates: [] });
  });

  test("a tool of the setup is registered when setup has finished", async () => {
    const order: string[] = [];
    await using host = await startExtension(async (api) => {
      const execute = () => ToolResult.text("");
      const { registered } = api.registerTool({ name: "early", description: "early", parameters: empty, execute });
      void registered.then(() => order.push("registered"));
      await flush();
      order.push("setup finished");
    });
    await flush();
    expect({ order, tools: host.offer.tools.length }).toEqual({ order: ["setup finished", "registered"], tools: 1 });
  });
});
