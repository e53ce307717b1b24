import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "tau-host";
import { afterAll, describe, expect, test } from "vitest";

const cacheDir = await mkdtemp(join(tmpdir(), "tau-examples-test-"));
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
}

async function startServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/search`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { endpoint, [Symbol.dispose]: close };
}

describe("web-search", () => {
  test("asks the engine in its settings, shows its progress and answers text and data", async () => {
    const asked: (string | undefined)[] = [];
    using server = await startServer((request, response) => {
      asked.push(request.url);
      response.end(JSON.stringify({ results: [{ title: "Tau", url: "https://tau.example", content: "6.28" }, {}] }));
    });
    await using host = await createHost({ cacheDir });
    await host.load(example("web-search"), { config: { endpoint: server.endpoint } });
    const progress: unknown[] = [];
    const result = await host.call(
      "web_search",
      { query: "tau & pi", limit: 1 },
      { onProgress: ({ content }) => progress.push(content) },
    );
    expect(asked).toEqual(["/search?q=tau+%26+pi&format=json"]);
    expect(progress).toHaveLength(2);
    expect(result).toEqual({
      content: [{ type: "text", text: "1. Tau\n   https://tau.example\n   6.28" }],
      details: { query: "tau & pi", hits: [{ title: "Tau", url: "https://tau.example", content: "6.28" }] },
    });
  });

  test("stops the request when the call is cancelled", async () => {
    const controller = new AbortController();
    const requests = new EventEmitter();
    const closed = once(requests, "closed");
    using server = await startServer((_, response) => {
      response.on("close", () => requests.emit("closed"));
      controller.abort();
    });
    await using host = await createHost({ cacheDir });
    await host.load(example("web-search"), { env: { SEARCH_ENDPOINT: server.endpoint } });
    const call = host.call("web_search", { query: "tau" }, { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    await closed;
  });

  test("tells the model what is missing where no engine is set", async () => {
    await using host = await createHost({ cacheDir });
    await host.load(example("web-search"));
    const { isError, content } = await host.call("web_search", { query: "tau" });
    expect(isError).toBe(true);
    expect(content).toEqual([{ type: "text", text: expect.stringContaining("SEARCH_ENDPOINT") as string }]);
  });
});

describe("unit-convert", () => {
  test.each([
    [{ amount: 8849, from: "m", to: "ft" }, "8849 m = 29,032.15 ft"],
    [{ amount: 100, from: "celsius", to: "fahrenheit" }, "100 celsius = 212 fahrenheit"],
  ])("converts %o", async (input, text) => {
    await using host = await createHost({ cacheDir });
    await host.load(example("unit-convert"));
    expect((await host.call("unit_convert", input)).content).toEqual([{ type: "text", text }]);
  });

  test("lets the model correct a unit that does not fit", async () => {
    await using host = await createHost({ cacheDir });
    await host.load(example("unit-convert"));
    expect(await host.call("unit_convert", { amount: 1, from: "km", to: "kg" })).toEqual({
      content: [{ type: "text", text: "Cannot convert between different measures: km and kg." }],
      isError: true,
    });
  });
});

describe("lifecycle-logger", () => {
  test("writes a line for each event it hears, in order", async () => {
    await using host = await createHost({ cacheDir });
    const lines: string[] = [];
    const heardAll = new Promise<void>((resolve) => {
      host.on("log", ({ text }) => {
        if (lines.push(text) === 2) resolve();
      });
    });
    await host.load(example("lifecycle-logger"));
    host.emit("turn_start", { turn: 1 });
    host.emit("message_start", { messageId: "m1", role: "user" });
    host.emit("tool_execution_end", { callId: "c1", tool: "web_search", isError: false, durationMs: 12 });
    await heardAll;
    expect(lines).toEqual([
      "turn_start            turn=1",
      'tool_execution_end    tool="web_search" isError=false durationMs=12',
    ]);
  });
});

describe("command-gate", () => {
  test.each([
    ["rm -rf build", "block"],
    ["cd /tmp && rm -fr .", "block"],
    ["rm -f -r x", "block"],
    ["rm --recursive x", "block"],
    ["rm notes.txt", "continue"],
    ["grep -r rm src", "continue"],
  ])("decides on `%s`: %s", async (command, action) => {
    await using host = await createHost({ cacheDir });
    await host.load(example("command-gate"));
    const decision = await host.decide("tool_call", {
      callId: "c1",
      tool: "bash",
      input: { command },
      caller: "model",
    });
    expect(decision.action).toBe(action);
  });

  test("does not mind other tools", async () => {
    await using host = await createHost({ cacheDir });
    await host.load(example("command-gate"));
    const call = { callId: "c1", tool: "write", input: { command: "rm -rf x" }, caller: "model" };
    expect(await host.decide("tool_call", call)).toEqual({ action: "continue", payload: call });
  });
});
