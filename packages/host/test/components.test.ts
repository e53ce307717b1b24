import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildComponent, readAskedPermissions } from "tau-host";
import { afterAll, describe, expect, test } from "vitest";
import { buildComponents, componentCache, forgeComponent, WIT } from "./support/components.ts";
import { errorOf, openWorkspace, type Workspace } from "./support/workspace.ts";

const built = await buildComponents();
for (const each of built)
  if ("missing" in each) console.warn(`The components in ${each.language} are not tested: ${each.missing}`);
const able = built.flatMap((each) => ("path" in each ? [each] : []));

afterAll(() => {
  for (const { path } of able) rmSync(path, { force: true });
});

const open = (options = {}): Promise<Workspace> =>
  openWorkspace({ cacheDir: componentCache, maxCrashes: 5, ...options });

describe.each(able)("a component made of $language", ({ path }) => {
  test("offers its tools, and answers and fails as they do", async () => {
    await using workspace = await open();
    const info = await workspace.load(path, { id: "component" });
    expect(info).toMatchObject({ isolation: "wasm", events: ["session_start"], hooks: ["tool_call"] });
    expect(info.tools).toContain("words");
    expect(await workspace.ask("words", { text: "eins zwei\ndrei 👩‍🚀" })).toBe("4");
    expect(await errorOf(workspace.call("words"))).toMatchObject({ code: "tool-failed", message: "Expected a text." });
  });

  test("asks for what its source asked for", async () => {
    expect(await readAskedPermissions(path, "/")).toEqual({ network: ["api.example"] });
  });

  test("asks the host and has the answer before it goes on", async () => {
    await using workspace = await open();
    await workspace.load(path, { id: "component" });
    expect(await workspace.ask("keep", { text: "grün" })).toBe("grün");
    expect(await workspace.ask("keep", { text: "x".repeat(500_000) })).toHaveLength(500_000);
    const error = await errorOf(workspace.call("ask", { text: "http/fetch", params: { url: "http://127.0.0.1/" } }));
    expect(error).toMatchObject({
      code: "tool-failed",
      message: expect.stringContaining("servers were granted") as string,
    });
  });

  test("decides, hears of events, and is told its settings", async () => {
    await using workspace = await open();
    await workspace.load(path, { id: "component", config: { one: 1 } });
    const decide = (command: string): Promise<unknown> =>
      workspace.host.decide("tool_call", { callId: "c", tool: "bash", input: { command }, caller: "model" });
    expect(await decide("rm -rf /")).toMatchObject({ action: "block", reason: "rm -rf is not allowed" });
    expect(await decide("ls")).toMatchObject({ action: "continue" });
    workspace.host.emit("session_start", { reason: "new" });
    expect(JSON.parse(await workspace.ask("started"))).toMatchObject({ id: "component", config: { one: 1 } });
    const refused = workspace.host.load(path, { id: "fails", config: { fail: true } });
    await expect(refused).rejects.toMatchObject({
      code: "setup-failed",
      message: expect.stringContaining("on purpose") as string,
    });
  });

  test("answers pings while it waits for the user", async () => {
    let tell: (answer: object) => void = () => {};
    let markAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => (markAsked = resolve));
    const confirm = (): Promise<object> => {
      markAsked();
      return new Promise((resolve) => (tell = resolve));
    };
    const services = { requests: { "ui/confirm": confirm } };
    await using workspace = await open({ services, hangTimeoutMs: 1000 });
    await workspace.load(path, { id: "component" });
    const call = workspace.ask("ask", { text: "ui/confirm", params: { title: "Sure?" } });
    await asked;
    // Longer than a hang may last: what comes of it is the answer, and no end.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    tell({ value: true });
    expect(JSON.parse(await call)).toEqual({ value: true });
  });

  test("is told when a call is given up in which it waits, and goes on", async () => {
    let markAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => (markAsked = resolve));
    const confirm = (): Promise<object> => {
      markAsked();
      return new Promise(() => {});
    };
    await using workspace = await open({ services: { requests: { "ui/confirm": confirm } } });
    await workspace.load(path, { id: "component" });
    const giveUp = new AbortController();
    const params = { text: "ui/confirm", params: { title: "Sure?" } };
    const call = workspace.call("ask", params, { signal: giveUp.signal });
    await asked;
    giveUp.abort();
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    expect(await workspace.ask("words", { text: "one two" })).toBe("2");
    expect(workspace.host.extensions().find(({ id }) => id === "component")?.restarts).toBe(0);
  });

  test("ends with its process when it traps, and is started again", async () => {
    await using workspace = await open();
    await workspace.load(path, { id: "component" });
    const error = await errorOf(workspace.call("trap"));
    expect(error.code).toBe("extension-crashed");
    expect(error.message).toContain("The component trapped");
    expect(await workspace.ask("words", { text: "one" })).toBe("1");
  });

  test("is ended when it computes without end", async () => {
    await using workspace = await open({ hangTimeoutMs: 1500 });
    await workspace.load(path, { id: "component" });
    expect(await errorOf(workspace.call("spin"))).toMatchObject({ code: "extension-killed" });
    expect(await workspace.ask("words", { text: "one" })).toBe("1");
  });

  test("is reloaded under load without losing a call, and hands its state over", async () => {
    await using workspace = await open();
    await workspace.load(path, { id: "component" });
    let isOver = false;
    let answered = 0;
    const caller = async (): Promise<void> => {
      for (; !isOver; answered++) expect(await workspace.ask("words", { text: "one two" })).toBe("2");
    };
    const callers = Promise.all([caller(), caller(), caller()]);
    for (let version = 2; version <= 4; version++) await workspace.host.reload("component");
    isOver = true;
    await callers;
    expect(answered).toBeGreaterThan(10);
    expect(JSON.parse(await workspace.ask("started"))).toMatchObject({ generation: 4, previousState: { from: 3 } });
  });

  test("is given no more memory than its limit", async () => {
    await using workspace = await open();
    const text = "x ".repeat(2_000_000);
    await workspace.load(path, { id: "large", guest: { memoryBytes: 512 * 1024 * 1024 } });
    expect(await workspace.ask("words", { text: text.trim() })).toBe("2000000");
    await workspace.host.unload("large");
    const limited = async (): Promise<string> => {
      await workspace.load(path, { id: "small", guest: { memoryBytes: 6 * 1024 * 1024 } });
      return workspace.ask("words", { text: text.trim() });
    };
    await expect(limited()).rejects.toThrow(/trapped|out of memory|memory/);
  });
});

const [first] = able;

describe.skipIf(first === undefined)("what is no component of an extension is refused at load:", () => {
  const cut = (bytes: number[]): Uint8Array => Uint8Array.from([0, 0x61, 0x73, 0x6d, ...bytes]);

  test.each([
    ["no WebAssembly", new TextEncoder().encode("not a module")],
    ["a plain module", cut([1, 0, 0, 0])],
    ["a component cut short", cut([0x0d, 0, 1, 0, 7, 0xff])],
  ])("%s", async (_, bytes) => {
    await using workspace = await open();
    const path = workspace.write("bad.wasm", "");
    writeFileSync(path, bytes);
    expect(await errorOf(workspace.host.load(path))).toMatchObject({ code: "build-failed" });
  });

  test("one that exports nothing of it, with what is missing", async () => {
    await using workspace = await open();
    const path = workspace.write("empty.wasm", "");
    writeFileSync(path, cut([0x0d, 0, 1, 0]));
    const error = await errorOf(workspace.host.load(path));
    expect(error.message).toContain("missing is setup, listTools");
  });

  test("one that imports files, sockets or a clock, with the list", async () => {
    const folder = join(componentCache, "tools/componentize-qjs-0.4.5/node_modules/componentize-qjs/index.js");
    const { default: qjs } = (await import(folder)) as {
      default: { componentize(options: object): Promise<{ component: Uint8Array }> };
    };
    const names = ["setup", "listTools", "listEvents", "listHooks", "execute", "observe", "decide", "collectState"];
    const jsSource = names.map((name) => `export function ${name}() { return []; }`).join("\n");
    const { component } = await qjs.componentize({ witPath: WIT, jsSource, sync: true });
    await using workspace = await open();
    const path = workspace.write("wasi.wasm", "");
    writeFileSync(path, component);
    const { code, message } = await errorOf(workspace.host.load(path));
    expect(code).toBe("build-failed");
    expect(message).toMatch(/nothing else, got .*wasi:filesystem\/types/);
  });

  test("one for another isolation", async () => {
    await using workspace = await open();
    const path = join(workspace.directory, "other.wasm");
    copyFileSync(first?.path ?? "", path);
    const load = workspace.host.load(path, { isolation: "sandbox" });
    await expect(load).rejects.toMatchObject({ code: "invalid-option" });
  });

  test("a source that imports what is not there, when it is made", async () => {
    await using workspace = await open();
    const source = workspace.write(
      "reads.ts",
      `import { readFileSync } from "node:fs";\nexport const setup = readFileSync;`,
    );
    const error = await errorOf(buildComponent({ source }));
    expect(error.message).toContain('can\'t import "node:fs"');
  });
});

describe.skipIf(first === undefined)("what a component does before anybody has asked it:", () => {
  /** Code that runs when the module is made into an instance. */
  const startWith =
    (code: string) =>
    (text: string): string =>
      text.replace(/\)\s*$/, `(func $begin ${code}) (start $begin))`);

  test.each([
    ["it loops without end", startWith("loop br 0 end"), "start-timeout", /2000 ms/],
    ["it traps", startWith("unreachable"), "setup-failed", /unreachable/],
    [
      "it wants all memory that there is",
      (text: string) => text.replace("(memory (;0;) 0)", "(memory (;0;) 65536)"),
      "setup-failed",
      /starts with at most \d+ pages of memory, got 65536/,
    ],
  ])("%s", async (_, edit, code, reason) => {
    const component = await forgeComponent(edit);
    await using workspace = await open();
    const path = workspace.write("forged.wasm", "");
    writeFileSync(path, component);
    const error = await errorOf(workspace.host.load(path, code === "start-timeout" ? { startTimeoutMs: 2_000 } : {}));
    expect(error).toMatchObject({ code, message: expect.stringMatching(reason) as string });
    await workspace.expectNeighbour();
  });
});
