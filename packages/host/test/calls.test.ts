import { describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, raw, textOf, type Workspace } from "./support/workspace.ts";

async function openCalls(options: Parameters<typeof openWorkspace>[0] = {}): Promise<Workspace> {
  const workspace = await openWorkspace(options);
  await workspace.load(fixture("calls.ts"), { id: "calls" });
  return workspace;
}

/** Starts `wait` and resolves when it runs. */
async function startWait(
  workspace: Workspace,
  key: string,
  options: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<{ result: Promise<string> }> {
  let result: Promise<string> = Promise.resolve("");
  await new Promise<void>((resolve) => {
    result = workspace.call("wait", { key }, { ...options, onProgress: () => resolve() }).then(textOf);
    result.catch(() => resolve());
  });
  return { result };
}

describe("results", () => {
  test("an image and details reach the caller as they are", async () => {
    await using workspace = await openCalls();
    expect(await workspace.call("image")).toEqual({
      content: [{ type: "image", data: Buffer.from("pixels").toString("base64"), mimeType: "image/png" }],
      details: { width: 1, nested: [null] },
    });
  });

  test("a tool that says it failed is a result, not an error", async () => {
    await using workspace = await openCalls();
    expect(await workspace.call("refuse")).toEqual({
      content: [{ type: "text", text: "the site is down" }],
      isError: true,
    });
  });

  test("arguments and results of 10 MB come through", async () => {
    await using workspace = await openCalls();
    expect(await workspace.ask("size", { text: "ä".repeat(5_000_000) })).toBe("5000000");
    expect(await workspace.ask("make", { length: 10_000_000 })).toHaveLength(10_000_000);
  });

  test("arguments that are too large are refused before they are sent", async () => {
    await using workspace = await openCalls();
    const error = await errorOf(workspace.call("size", { text: "x".repeat(17_000_000) }));
    expect(error).toMatchObject({ code: "message-too-large", executed: "no", extensionId: "calls" });
    expect(await workspace.ask("size", { text: "abc" })).toBe("3");
  });

  test("a result that is too large fails the call alone", async () => {
    await using workspace = await openCalls();
    const error = await errorOf(workspace.call("make", { length: 17_000_000 }));
    expect(error).toMatchObject({ code: "message-too-large", executed: "yes", extensionId: "calls" });
    expect(await workspace.ask("size", { text: "abc" })).toBe("3");
  });

  test("a tool is told the call's id, its config and its grants", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("calls.ts"), { id: "mine", config: { depth: [1] }, env: { GRANTED: "yes" } });
    expect(JSON.parse(await workspace.ask("context", {}, { callId: "call_7" }))).toEqual({
      callId: "call_7",
      config: { depth: [1] },
      cwd: workspace.directory,
      id: "mine",
      granted: "yes",
    });
  });

  test("an unknown tool is answered with the nearest names", async () => {
    await using workspace = await openCalls();
    const error = await errorOf(workspace.call("cuont"));
    expect(error).toMatchObject({ code: "unknown-tool", executed: "no" });
    expect(error.message).toContain("Did you mean `count`");
    expect((await errorOf(workspace.call("zzzzzzzzzz"))).message).toContain("There are: neighbour, wait, finish");
  });

  test("the name of an unknown tool may be of any length", async () => {
    await using workspace = await openCalls();
    const start = performance.now();
    const error = await errorOf(workspace.call("x".repeat(1_000_000)));
    expect(error.code).toBe("unknown-tool");
    expect(error.message.length).toBeLessThan(1000);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("cancelling", () => {
  test("a signal that is aborted already fails the call before it is sent", async () => {
    await using workspace = await openCalls();
    const error = await errorOf(workspace.call("wait", { key: "a" }, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "cancelled", executed: "no", extensionId: "calls" });
    expect(await workspace.ask("finish", { key: "a" })).toBe("ok");
  });

  test("a cancelled call fails at once and its tool is told", async () => {
    await using workspace = await openCalls();
    const controller = new AbortController();
    const { result } = await startWait(workspace, "a", { signal: controller.signal });
    controller.abort(new Error("user pressed escape"));
    const error = await errorOf(result);
    expect(error).toMatchObject({ code: "cancelled", executed: "maybe", extensionId: "calls" });
    expect(error.message).toContain("user pressed escape");
    // It answered the cancel in time: the process lives on.
    expect(await workspace.ask("size", { text: "abc" })).toBe("3");
    expect(workspace.host.extensions()[1]).toMatchObject({ id: "calls", state: "ready", generation: 1 });
  });

  test("a cancel after the result changes nothing", async () => {
    await using workspace = await openCalls();
    const controller = new AbortController();
    expect(await workspace.ask("size", { text: "abc" }, { signal: controller.signal })).toBe("3");
    controller.abort();
    expect(await workspace.ask("size", { text: "abc" })).toBe("3");
  });

  test("an answer that comes after the cancel is nobody's, and the extension lives", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(raw(), { id: "raw" });
    const controller = new AbortController();
    const call = errorOf(workspace.call("raw", { do: "answers-cancel" }, { signal: controller.signal }));
    expect(await workspace.ask("raw", { text: "both arrived" })).toBe("both arrived");
    controller.abort();
    expect((await call).code).toBe("cancelled");
    expect(await workspace.ask("raw", { text: "alive" })).toBe("alive");
  });

  test("a call past its deadline fails, and a tool that heeds it lives", async () => {
    await using workspace = await openCalls();
    const error = await errorOf(workspace.call("wait", { key: "a" }, { timeoutMs: 30 }));
    expect(error).toMatchObject({ code: "timed-out", retryable: true, executed: "maybe", extensionId: "calls" });
    expect(await workspace.ask("size", { text: "abc" })).toBe("3");
  });

  test("cancelling one of many calls leaves the others", async () => {
    await using workspace = await openCalls();
    const controller = new AbortController();
    const { result: a } = await startWait(workspace, "a", { signal: controller.signal });
    const { result: b } = await startWait(workspace, "b");
    controller.abort();
    expect((await errorOf(a)).code).toBe("cancelled");
    await workspace.call("finish", { key: "b" });
    expect(await b).toBe("b in generation 1");
  });
});

describe("progress", () => {
  test("comes in order, before the result, and not after it", async () => {
    await using workspace = await openCalls();
    const seen: string[] = [];
    const result = await workspace.ask(
      "count",
      { to: 200 },
      { onProgress: (partial) => void seen.push(textOf(partial)) },
    );
    seen.push(result);
    await workspace.ask("size", { text: "" });
    expect(seen).toEqual([...Array.from({ length: 200 }, (_, i) => String(i + 1)), "counted"]);
  });

  test("a listener that throws is reported, and the call goes on", async () => {
    await using workspace = await openCalls();
    const reported = workspace.next("error");
    const onProgress = (): void => {
      throw new Error("the screen is gone");
    };
    expect(await workspace.ask("count", { to: 3 }, { onProgress })).toBe("counted");
    expect(await reported).toMatchObject({ code: "internal-error" });
    expect((await reported).message).toContain("the screen is gone");
  });
});

describe("tools that come and go at run time", () => {
  test("an added tool answers, and a removed one is unknown", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("dynamic.ts"), { id: "dynamic" });
    const changed = workspace.next("extension", ({ reason }) => reason === "tools changed");
    await workspace.ask("add", { name: "later" });
    expect(await changed).toMatchObject({ extensionId: "dynamic", from: "ready", to: "ready" });
    expect(await workspace.ask("later")).toBe("later answers");
    expect(workspace.host.extensions()[1]?.tools).toEqual(["add", "drop", "later"]);
    await workspace.ask("drop", { name: "later" });
    expect((await errorOf(workspace.call("later"))).code).toBe("unknown-tool");
  });

  test.for([
    ["neighbour", "tool-collision|both offer", /both offer a tool `neighbour`|registration-refused|neighbour/],
    ["not a name", "name", /tool name/],
  ] as const)("adding `%s` is refused and changes nothing", async ([name, , message]) => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("dynamic.ts"), { id: "dynamic" });
    const error = await errorOf(workspace.call("add", { name }));
    expect(error).toMatchObject({ code: "tool-failed", extensionId: "dynamic" });
    expect(error.message).toMatch(message);
    expect(workspace.host.tools().map((tool) => tool.name)).toEqual(["neighbour", "add", "drop"]);
  });
});

test("a result is as long as the host says that it reads, and no longer", async () => {
  const source = `export default (api) => api.registerTool({ name: "long", description: "", parameters: { type: "object" },
    execute: async ({ length }) => ({ content: [{ type: "text", text: "x".repeat(length) }] }) });`;
  const MIB = 1024 ** 2;
  await using workspace = await openWorkspace({ maxLineBytes: 20 * MIB });
  await workspace.load(workspace.write("long.mjs", source), { id: "long" });
  expect(await workspace.ask("long", { length: 18 * MIB })).toHaveLength(18 * MIB);
  await expect(workspace.ask("long", { length: 21 * MIB })).rejects.toMatchObject({ code: "message-too-large" });
  expect(await workspace.ask("long", { length: 1 })).toBe("x");
});
