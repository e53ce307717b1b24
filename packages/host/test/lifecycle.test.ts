import { describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, raw } from "./support/workspace.ts";

describe("ids", () => {
  test("two files of the same name get a number", async () => {
    await using workspace = await openWorkspace();
    workspace.copy("echo.ts", "a/echo.ts");
    workspace.copy("echo.ts", "b/echo.ts");
    const first = await workspace.load("a/echo.ts");
    const second = await workspace.load("b/echo.ts", { config: { tool: "echo2" } });
    expect([first.id, second.id]).toEqual(["echo", "echo-2"]);
    expect(await workspace.ask("echo2", { text: "b" })).toBe("b");
  });

  test("an id that is taken is refused", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(raw(), { id: "neighbour" }));
    expect(error).toMatchObject({ code: "extension-exists", executed: "no" });
  });

  test("an id is free again after a failed load and after an unload", async () => {
    await using workspace = await openWorkspace();
    await errorOf(workspace.load(raw("number"), { id: "again" }));
    await workspace.load(raw(), { id: "again" });
    await workspace.host.unload("again");
    await workspace.load(raw(), { id: "again" });
    expect(await workspace.ask("raw", { text: "again" })).toBe("again");
  });

  test("the same file may be loaded twice at once, and builds for both", async () => {
    await using workspace = await openWorkspace();
    const tools = ["one", "two", "three"];
    const infos = await Promise.all(tools.map((tool) => workspace.load(fixture("echo.ts"), { config: { tool } })));
    expect(infos.map(({ id }) => id)).toEqual(["echo", "echo-2", "echo-3"]);
    for (const tool of tools) expect(await workspace.ask(tool, { text: tool })).toBe(tool);
  });

  test("unloading twice at once and loading again keeps the new one", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(raw(), { id: "raw" });
    const second = workspace.host.unload("raw");
    await workspace.host.unload("raw");
    const loading = workspace.load(raw(), { id: "raw" });
    await second;
    await loading;
    expect(workspace.host.extensions().map(({ id }) => id)).toEqual(["neighbour", "raw"]);
    await workspace.host.unload("raw");
  });
});

describe("many extensions", () => {
  test("fifty start at once, one of them bad, and forty-nine answer", async () => {
    await using workspace = await openWorkspace({ startTimeoutMs: 60_000 });
    const tools = Array.from({ length: 50 }, (_, index) => `tool${index}`);
    const source = workspace.write(
      "many.mjs",
      `export default (api) => {
        if (api.config.tool === "tool25") throw new Error("the bad one");
        api.registerTool({ name: api.config.tool, description: "", parameters: { type: "object" },
          execute: () => ({ content: [{ type: "text", text: api.config.tool }] }) });
      };`,
    );
    const loads = await Promise.allSettled(tools.map((tool) => workspace.load(source, { id: tool, config: { tool } })));
    expect(loads.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(loads[25]).toMatchObject({ reason: { code: "setup-failed", extensionId: "tool25" } });
    const good = tools.filter((tool) => tool !== "tool25");
    expect(await Promise.all(good.map((tool) => workspace.ask(tool)))).toEqual(good);
  }, 90_000);

  test("calls that run at the same time get their own answers", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("echo.ts"));
    const texts = Array.from({ length: 1000 }, (_, index) => `text ${index}`);
    expect(await Promise.all(texts.map((text) => workspace.ask("echo", { text })))).toEqual(texts);
  });
});

describe("unload", () => {
  test("fails the calls in flight and takes the tools away", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(raw(), { id: "raw" });
    const calls = Array.from({ length: 10 }, () => errorOf(workspace.call("raw", { do: "never" })));
    const unloading = workspace.host.unload("raw");
    await unloading;
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: "extension-stopped", extensionId: "raw", executed: "maybe" });
    }
    expect(workspace.host.tools().map(({ name }) => name)).toEqual(["neighbour"]);
    expect(await errorOf(workspace.call("raw"))).toMatchObject({ code: "unknown-tool" });
  });

  test("during a start ends the start at once", async () => {
    await using workspace = await openWorkspace();
    const waits = workspace.next("log", ({ text }) => text === "waiting for ever");
    const load = errorOf(workspace.load(fixture("never-ready.ts"), { startTimeoutMs: 60_000 }));
    await waits;
    const start = performance.now();
    await workspace.host.unload("never-ready");
    expect(performance.now() - start).toBeLessThan(2000);
    expect(await load).toMatchObject({ code: "extension-stopped", extensionId: "never-ready", executed: "no" });
    expect(workspace.host.extensions().map(({ id }) => id)).toEqual(["neighbour"]);
  });

  test.for([0, 1, 5, 20, 60])("%i ms after load began ends the start at once", async (delay) => {
    await using workspace = await openWorkspace();
    const load = errorOf(workspace.load(raw("silent"), { id: "silent", startTimeoutMs: 60_000 }));
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const start = performance.now();
    await workspace.host.unload("silent");
    expect(performance.now() - start).toBeLessThan(2000);
    expect((await load).code).toBe("extension-stopped");
  });

  test("during a reload ends both versions", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.copy("echo.ts");
    await workspace.load(path);
    workspace.copy("never-ready.ts", "echo.ts");
    const waits = workspace.next("log", ({ text }) => text === "waiting for ever");
    const reload = errorOf(workspace.host.reload("echo"));
    await waits;
    await workspace.host.unload("echo");
    expect((await reload).code).toBe("extension-stopped");
  });

  test("of an unknown id is refused", async () => {
    await using workspace = await openWorkspace();
    expect(await errorOf(workspace.host.unload("nobody"))).toMatchObject({ code: "unknown-extension" });
  });

  test("of a crashed extension takes its tools away", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(raw(), { id: "raw" });
    await errorOf(workspace.call("raw", { do: "dies" }));
    await workspace.host.unload("raw");
    expect(workspace.host.tools().map(({ name }) => name)).toEqual(["neighbour"]);
  });
});

describe("close", () => {
  test("may be called twice, and at the same time", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    await Promise.all([workspace.host.close(), workspace.host.close()]);
    await workspace.host.close();
  });

  test("settles every call in flight", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    await workspace.load(raw(), { id: "raw" });
    const calls = Array.from({ length: 10 }, () => errorOf(workspace.call("raw", { do: "never" })));
    await workspace.host.close();
    for (const error of await Promise.all(calls)) expect(error.code).toBe("extension-stopped");
  });

  test.for([0, 10, 50, 150, 300])("%i ms after a load began ends the load and leaves nothing", async (delay) => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    const load = errorOf(workspace.load(fixture("never-ready.ts")));
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    await workspace.host.close();
    expect(["extension-stopped", "host-closed", "build-failed", "launcher-failed"]).toContain((await load).code);
  });

  test("is followed by no load, no call and no reload", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    await workspace.host.close();
    expect(await errorOf(workspace.load(raw()))).toMatchObject({ code: "host-closed", executed: "no" });
    expect(await errorOf(workspace.call("neighbour"))).toMatchObject({ executed: "no" });
    expect(await errorOf(workspace.host.reload("neighbour"))).toMatchObject({ executed: "no" });
    expect(await workspace.host.decide("tool_call", {})).toMatchObject({ action: "continue" });
    workspace.host.emit("turn_end", {});
  });

  test("ends an extension that spins", async () => {
    await using workspace = await openWorkspace({ shutdownTimeoutMs: 200 });
    workspace.checkNeighbour = false;
    await workspace.load(fixture("misbehaves.ts"));
    const spinning = errorOf(workspace.call("misbehave", { deed: "spin" }));
    await workspace.host.close();
    expect((await spinning).code).toBe("extension-stopped");
  });

  test("ends a host that was only just opened", async () => {
    const { createHost } = await import("tau-host");
    const host = await createHost();
    await host.close();
    expect(host.extensions()).toEqual([]);
  });
});

describe("options", () => {
  test.for([0, -1, Number.NaN, "5"])("a limit of %s is refused", async (callTimeoutMs) => {
    const { createHost } = await import("tau-host");
    const error = await errorOf(createHost({ callTimeoutMs: callTimeoutMs as number }));
    expect(error).toMatchObject({ code: "invalid-option" });
    expect(error.message).toContain("callTimeoutMs");
  });
});

describe("listeners", () => {
  test("one that throws disturbs neither the others nor the host", async () => {
    await using workspace = await openWorkspace();
    const error = console.error;
    const told: unknown[] = [];
    console.error = (text: unknown) => void told.push(text);
    try {
      workspace.host.on("extension", () => {
        throw new Error("broken listener");
      });
      const ready = workspace.next("extension", ({ to }) => to === "ready");
      await workspace.load(raw(), { id: "raw" });
      expect(await ready).toMatchObject({ extensionId: "raw", from: "starting", reason: "started" });
      expect(told).toEqual(["A listener of the host failed: broken listener"]);
    } finally {
      console.error = error;
    }
  });
});

describe("giving up a load", () => {
  test("aborting ends the start at once and leaves nothing", async () => {
    await using workspace = await openWorkspace();
    const controller = new AbortController();
    const stop = workspace.host.on("log", ({ extensionId }) => {
      if (extensionId === "silent") controller.abort();
    });
    const source = workspace.write(
      "silent.mjs",
      `export default () => { console.log("in setup"); return new Promise(() => {}); };`,
    );
    const error = await errorOf(workspace.load(source, { signal: controller.signal }));
    stop();
    expect(error).toMatchObject({ code: "cancelled", extensionId: "silent", executed: "no" });
    expect(workspace.host.extensions().map(({ id }) => id)).toEqual(["neighbour"]);
  });

  test("a signal that is aborted already starts nothing", async () => {
    await using workspace = await openWorkspace();
    const states: string[] = [];
    workspace.host.on("extension", ({ to }) => states.push(to));
    const error = await errorOf(workspace.load(raw(), { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "cancelled", executed: "no" });
    expect(states).toEqual([]);
  });

  test("aborting after the load changes nothing", async () => {
    await using workspace = await openWorkspace();
    const controller = new AbortController();
    await workspace.load(raw(), { signal: controller.signal });
    controller.abort();
    expect(await workspace.ask("raw", { text: "still here" })).toBe("still here");
  });
});

test("tools come in the order of loading, whichever extension was ready first", async () => {
  await using workspace = await openWorkspace();
  const slow = `export default async (api) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    api.registerTool({ name: "slow", description: "", parameters: { type: "object" }, execute: () => ({ content: [] }) });
  };`;
  const first = workspace.load(workspace.write("slow.mjs", slow));
  const second = workspace.load(raw(), { id: "raw" });
  await Promise.all([first, second]);
  expect(workspace.host.tools().map(({ extensionId }) => extensionId)).toEqual(["neighbour", "slow", "raw"]);
});
