import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate, openEvaluating } from "./support/evaluating.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { errorOf, fixture, openWorkspace, type Workspace } from "./support/workspace.ts";

const REFERENCE = fileURLToPath(new URL("../../ext/test/fixtures/reference.ts", import.meta.url));
const SEARCH = fileURLToPath(new URL("../../../examples/web-search/web-search.ts", import.meta.url));

let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method, url, headers } = request;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const results = [{ title: method, url, content: "found" }];
      const told = { method, url, type: headers["content-type"], body, ...(method === "GET" ? { results } : {}) };
      response.setHeader("connection", "close").end(JSON.stringify(told));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

/** What the reference extension does and answers, step by step. */
async function play(workspace: Workspace): Promise<unknown[]> {
  const { host } = workspace;
  const told: unknown[] = [];
  const call = async (tool: string, args = {}, signal?: AbortSignal): Promise<void> => {
    const onProgress = (partial: unknown): void => void told.push(["progress", partial]);
    const options = { onProgress, ...(signal === undefined ? {} : { signal }) };
    told.push([tool, await workspace.call(tool, args, options).catch((error: Error) => error.message)]);
  };
  await call("echo", { text: "grün 👩‍🚀 \u0000\u2028" });
  await call("add", { a: 1, b: 0.5 });
  await call("progress", { n: 3 });
  await call("fail");
  await call("wait", {}, AbortSignal.timeout(50));
  await call("remember", { key: "k", value: "v" });
  await call("recall", { key: "k" });
  await call("count", { key: "k" });
  await call("grow");
  await call("grown");
  for (const command of ["ls", "rm -rf /", "throw"]) {
    const input = { command };
    told.push(await host.decide("tool_call", { callId: "c", tool: "bash", input, caller: "model" }));
  }
  told.push(await host.decide("input", { text: "loud", source: "user" }));
  told.push(await host.completeCommand("greet", "A"));
  const greeted = workspace.next("log", ({ text }) => text === "Hello, you!");
  await host.runCommand("greet", "you");
  const printed = workspace.next("log", ({ text }) => text === "printed by it");
  await call("print", { text: "printed by it" });
  for (const line of [await greeted, await printed]) told.push([line.level, line.text]);
  told.push((await host.reload("reference")).generation);
  await call("total");
  return told;
}

describe("a guest", () => {
  test("does all that the same source does in a process: tools, progress, cancel, state, hooks, commands, log, hand-over", async () => {
    await using open = await openWorkspace();
    await open.load(REFERENCE, { id: "reference" });
    const expected = await play(open);
    expect(expected.length).toBeGreaterThan(20);
    await using confined = await openWorkspace();
    await confined.load(REFERENCE, { id: "reference", isolation: "wasm" });
    expect(await play(confined)).toEqual(expected);
  });

  test("is told its settings, and hears of events", async () => {
    await using workspace = await openWorkspace();
    const greeted = workspace.next("log", ({ text }) => text.startsWith("session_start"));
    await workspace.load(REFERENCE, { id: "reference", isolation: "wasm", config: { selfTest: "pass" } });
    workspace.host.emit("session_start", { reason: "new" } as never);
    expect((await greeted).text).toContain("new");
    const broken = workspace.host.load(REFERENCE, { id: "broken", isolation: "wasm", config: { failSetup: true } });
    await expect(broken).rejects.toMatchObject({ code: "setup-failed" });
  });

  test("points at the author's line when it throws", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write(
      "throws.ts",
      `import type { ExtensionApi } from "tau-ext";
interface Nothing { here?: string }
export default (api: ExtensionApi) => api.registerTool({ name: "throws", description: "", parameters: { type: "object" },
  execute: async () => { throw new TypeError("on line 4"); } });`,
    );
    await workspace.load(path, { id: "throws", isolation: "wasm" });
    const error = await errorOf(workspace.call("throws"));
    expect(error.remoteStack).toMatch(/^TypeError: on line 4\n +at execute \(.*throws\.ts:4:\d+\)/);
  });

  test("may await at the top of its file, and import packages and files", async () => {
    await using workspace = await openWorkspace();
    workspace.write("part.ts", `export const part: string = await Promise.resolve("of two files");`);
    const path = workspace.write(
      "awaits.ts",
      `import { part } from "./part.ts";
export default (api) => api.registerTool({ name: "part", description: "", parameters: { type: "object" },
  execute: () => ({ content: [{ type: "text", text: part }] }) });`,
    );
    await workspace.load(path, { id: "awaits", isolation: "wasm" });
    expect(await workspace.ask("part")).toBe("of two files");
  });

  test("can't import a module of Node's, and is told which and where", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write(
      "reads.ts",
      `import { readFileSync } from "node:fs";\nexport default () => readFileSync("/");`,
    );
    const error = await errorOf(workspace.host.load(path, { id: "reads", isolation: "wasm" }));
    expect(error.code).toBe("build-failed");
    expect(error.message).toContain('isolation "wasm" can\'t import "node:fs"');
    expect(error.diagnostics).toMatchObject([{ file: path, line: 1 }]);
  });

  test("sees the variables that it was granted and no others", async () => {
    await using workspace = await openEvaluating("wasm", { env: { GRANTED: "yes" } });
    expect(await evaluate(workspace, "return JSON.stringify(process.env)")).toBe('{"GRANTED":"yes"}');
  });

  test("asks servers that it was granted by way of the host, and no others", async () => {
    const permissions = { network: [`127.0.0.1:${port}`] };
    await using workspace = await openEvaluating("wasm", { permissions });
    const fetched = `const r = await fetch(args.url, { method: "POST", body: "grün" }); return r.status + " " + (await r.text())`;
    const url = `http://127.0.0.1:${port}/path`;
    const body = { method: "POST", url: "/path", type: "text/plain;charset=UTF-8", body: "grün" };
    expect(await evaluate(workspace, fetched, { url })).toBe(`200 ${JSON.stringify(body)}`);
    await expect(evaluate(workspace, fetched, { url: "http://localhost:1/" })).rejects.toThrow(
      /a server that was granted/,
    );
  });

  test("searches the web, as the example does, by the one server that it was granted", async () => {
    await using workspace = await openWorkspace();
    const endpoint = `http://127.0.0.1:${port}/search`;
    const permissions = { network: [`127.0.0.1:${port}`] };
    await workspace.load(SEARCH, { id: "search", isolation: "wasm", config: { endpoint }, permissions });
    const found = "1. GET\n   /search?q=gr%C3%B6%C3%9Fe&format=json\n   found";
    expect(await workspace.ask("web_search", { query: "größe" })).toBe(found);
  });

  test("says what it lacks when it fetches without a grant", async () => {
    await using workspace = await openEvaluating("wasm");
    await expect(evaluate(workspace, `await fetch("http://127.0.0.1:${port}/")`)).rejects.toThrow(
      "permissions.network",
    );
  });

  test("is reloaded under load without losing a call", async () => {
    await using workspace = await openWorkspace();
    const source = (version: number): string =>
      `export default (api) => api.registerTool({ name: "say", description: "", parameters: { type: "object" },
        execute: async () => { await new Promise((done) => setTimeout(done, 5)); return { content: [{ type: "text", text: "${version}" }] }; } });`;
    const path = workspace.write("says.mjs", source(0));
    await workspace.load(path, { id: "says", isolation: "wasm" });
    let isOver = false;
    const caller = async (): Promise<string[]> => {
      const answers: string[] = [];
      while (!isOver) answers.push(await workspace.ask("say"));
      return answers;
    };
    const callers = Promise.all([caller(), caller(), caller()]);
    for (let version = 1; version <= 4; version++) {
      workspace.write("says.mjs", source(version));
      await workspace.host.reload("says");
    }
    expect(await workspace.ask("say")).toBe("4");
    isOver = true;
    // Each by itself: of two that call at the same time, one may still be answered by the version before.
    for (const answers of await callers) {
      expect(answers).toContain("0");
      expect(answers.toSorted()).toEqual(answers);
    }
  });

  test("of a broken edit leaves the version before serving", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.copy("echo.ts");
    await workspace.load(path, { id: "echo", isolation: "wasm" });
    workspace.write("echo.ts", "export default () => {{{");
    await expect(workspace.host.reload("echo")).rejects.toMatchObject({ code: "build-failed" });
    expect(await workspace.ask("echo", { text: "still" })).toBe("still");
  });
});

describe("what can't be a guest is refused:", () => {
  test.each([
    ["a file that it may read", { permissions: { files: { read: ["."] } } }, "invalid-option"],
    ["a program", { permissions: { programs: ["true"] } }, "invalid-option"],
    ["less memory than the engine needs", { guest: { memoryBytes: 1024 } }, "invalid-option"],
    ["no time at all", { guest: { cpuMsPerCall: 0 } }, "invalid-option"],
    ["a variable that has the loader run other code", { env: { NODE_OPTIONS: "--import x" } }, "invalid-option"],
  ])("%s", async (_, options, code) => {
    await using workspace = await openWorkspace();
    const load = workspace.host.load(fixture("evaluates.mjs"), { isolation: "wasm", ...options });
    await expect(load).rejects.toMatchObject({ code });
  });

  test.each([["a command"], ["Python"]])("%s", async (what) => {
    await using workspace = await openWorkspace();
    const source = what === "Python" ? workspace.write("x.py", "") : { command: ["true"] };
    const load = workspace.host.load(source, { isolation: "wasm" });
    await expect(load).rejects.toMatchObject({ code: "source-unsupported" });
  });
});

describe("the process around a guest", () => {
  test.skipIf(missingSandbox !== undefined)("is in a sandbox of the operating system", async () => {
    await using workspace = await openEvaluating("wasm");
    const lines: string[] = [];
    workspace.host.on("log", ({ text }) => lines.push(text));
    await workspace.host.reload("evaluates");
    expect(lines).toEqual([]);
  });

  test("is there without one too, and says so", async () => {
    await using workspace = await openWorkspace({ environment: { PATH: "/nowhere" } });
    const warned = workspace.next("log", ({ text }) => text.includes("without the sandbox"));
    await workspace.load(fixture("evaluates.mjs"), { id: "evaluates", isolation: "wasm" });
    expect((await warned).text).toContain("apt install bubblewrap");
    expect(await evaluate(workspace, "return Object.keys(process.env).length")).toBe("0");
  });
});
