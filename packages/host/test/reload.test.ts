import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isAlive } from "./support/processes.ts";
import { errorOf, openWorkspace, raw, textOf, type Workspace } from "./support/workspace.ts";

/** An extension whose tools answer their version. */
function version(number: number, more = ""): string {
  return `
    import { ToolResult } from "tau-ext";
    const waiting = new Map();
    export default async (api) => {
      ${more}
      api.registerTool({ name: "version", description: "", parameters: { type: "object" }, execute: () => ToolResult.text("v${number}") });
      api.registerTool({ name: "wait", description: "", parameters: { type: "object", properties: { key: { type: "string" } } },
        execute: ({ key }, { progress }) => new Promise((resolve) => { waiting.set(key, () => resolve(ToolResult.text("waited in v${number}"))); progress("waiting"); }) });
      api.registerTool({ name: "crash", description: "", parameters: { type: "object" }, execute: () => process.exit(9) });
      api.on("input", async (event) => {
        if (event.text === "finish") for (const finish of waiting.values()) finish();
        if (event.text === "slow") await new Promise((resolve) => { waiting.set("hook", resolve); api.log.info("hook waits"); });
        return { modify: { text: "seen by v${number}" } };
      });
      const release = (await import("node:fs")).watch(process.cwd(), (_, name) => {
        if (name === "go") for (const finish of waiting.values()) finish();
      });
      release.unref();
    };`;
}

interface Edited extends AsyncDisposable {
  workspace: Workspace;
  edit(text: string): void;
}

async function openEdited(options: Parameters<typeof openWorkspace>[0] = {}): Promise<Edited> {
  const workspace = await openWorkspace(options);
  const path = workspace.write("edited.mjs", version(1));
  await workspace.load(path, { id: "edited" });
  return {
    workspace,
    edit: (text) => writeFileSync(path, text),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

/** Calls `wait` and resolves when it runs. */
async function startWait(workspace: Workspace, key = "a"): Promise<{ result: Promise<string> }> {
  let result: Promise<string> = Promise.resolve("");
  await new Promise<void>((resolve) => {
    result = workspace.call("wait", { key }, { onProgress: () => resolve() }).then(textOf);
    result.catch(() => resolve());
  });
  return { result };
}

describe("a reload that succeeds", () => {
  test("lets the new version answer and ends the old one", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    const old = workspace.host.extensions()[1]?.pid ?? 0;
    const changes: string[] = [];
    workspace.host.on("extension", ({ from, to, reason }) => void changes.push(`${from} → ${to}: ${reason}`));
    edited.edit(version(2));
    const info = await workspace.host.reload("edited");
    expect(info).toMatchObject({ id: "edited", state: "ready", generation: 2 });
    expect(await workspace.ask("version")).toBe("v2");
    expect(changes).toEqual(["ready → reloading: reloading", "reloading → ready: reloaded"]);
    workspace.pids.add(old);
  });

  test("takes away the tools that the new version does not have", async () => {
    await using edited = await openEdited();
    edited.edit(
      `export default (api) => api.registerTool({ name: "only", description: "", parameters: { type: "object" }, execute() {} });`,
    );
    await edited.workspace.host.reload("edited");
    expect(edited.workspace.host.tools().map(({ name }) => name)).toEqual(["neighbour", "only"]);
  });

  test("lets calls in flight finish on the old version", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    const { result } = await startWait(workspace);
    edited.edit(version(2));
    await workspace.host.reload("edited");
    expect(await workspace.ask("version")).toBe("v2");
    workspace.write("go", "");
    expect(await result).toBe("waited in v1");
  });

  test("lets a hook in flight finish on the old version", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    const waits = workspace.next("log", ({ text }) => text === "hook waits");
    const decision = workspace.host.decide("input", { text: "slow" });
    await waits;
    edited.edit(version(2));
    await workspace.host.reload("edited");
    workspace.write("go", "");
    expect(await decision).toMatchObject({ action: "continue", payload: { text: "seen by v1" } });
  });

  test("ends an old version that does not finish in time, and says so to its calls", async () => {
    await using edited = await openEdited({ drainTimeoutMs: 100 });
    const { workspace } = edited;
    const { result } = await startWait(workspace);
    edited.edit(version(2));
    await workspace.host.reload("edited");
    expect(await errorOf(result)).toMatchObject({
      code: "extension-stopped",
      extensionId: "edited",
      executed: "maybe",
    });
    expect(await workspace.ask("version")).toBe("v2");
  });

  test("starts an extension again that has crashed too often", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    await errorOf(workspace.call("crash"));
    await crashed;
    expect(await errorOf(workspace.call("version"))).toMatchObject({ code: "extension-disabled", executed: "no" });
    await workspace.host.reload("edited");
    expect(await workspace.ask("version")).toBe("v1");
  });

  test("two at once run one after the other, and the last one serves", async () => {
    await using edited = await openEdited();
    edited.edit(version(2));
    const infos = await Promise.all([edited.workspace.host.reload("edited"), edited.workspace.host.reload("edited")]);
    expect(infos.at(-1)).toMatchObject({ generation: 3, state: "ready" });
    expect(await edited.workspace.ask("version")).toBe("v2");
  });

  test("loses no call of a thousand made meanwhile", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    edited.edit(version(2));
    const reloading = workspace.host.reload("edited");
    let done = false;
    void reloading.then(() => (done = true));
    const answers: string[] = [];
    while (!done || answers.length < 1000) answers.push(await workspace.ask("version"));
    answers.push(await workspace.ask("version"));
    expect(new Set(answers)).toEqual(new Set(["v1", "v2"]));
    expect(answers.at(-1)).toBe("v2");
    await reloading;
  });
});

describe("a reload that fails leaves the old version serving", () => {
  const failures: [string, string, string][] = [
    ["a syntax error", "export default (api) => {", "build-failed"],
    ["a throw in setup", version(2, 'throw new Error("v2 is broken");'), "setup-failed"],
    ["an exit in setup", version(2, "process.exit(5);"), "start-exited"],
    [
      "a collision",
      version(
        2,
        'api.registerTool({ name: "neighbour", description: "", parameters: { type: "object" }, execute() {} });',
      ),
      "tool-collision",
    ],
    [
      "a setup that never settles",
      version(2, "await new Promise(() => setInterval(() => {}, 1000));"),
      "start-timeout",
    ],
  ];

  test.for(failures)("after %s", async ([, source, code]) => {
    await using workspace = await openWorkspace();
    const path = workspace.write("edited.mjs", version(1));
    const startTimeoutMs = code === "start-timeout" ? 2000 : 15_000;
    const { pid } = await workspace.load(path, { id: "edited", startTimeoutMs });
    const { result } = await startWait(workspace);
    const before = workspace.processes();
    writeFileSync(path, source);
    const kept = workspace.next("extension", ({ reason }) => reason === "kept the old version");
    const error = await errorOf(workspace.host.reload("edited"));
    expect(error).toMatchObject({ code, extensionId: "edited", executed: "no" });
    expect((await kept).error?.code).toBe(code);
    expect(workspace.host.extensions()[1]).toMatchObject({ id: "edited", state: "ready", pid });
    expect(await workspace.ask("version")).toBe("v1");
    workspace.write("go", "");
    expect(await result).toBe("waited in v1");
    expect(workspace.processes().filter((each) => !before.includes(each))).toEqual([]);
    writeFileSync(path, version(3));
    await workspace.host.reload("edited");
    expect(await workspace.ask("version")).toBe("v3");
  });

  test("after the file is gone", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("edited.mjs", version(1));
    await workspace.load(path, { id: "edited" });
    (await import("node:fs")).rmSync(path);
    expect(await errorOf(workspace.host.reload("edited"))).toMatchObject({ code: "source-not-found" });
    expect(await workspace.ask("version")).toBe("v1");
  });

  test("and an old version that crashes meanwhile is known to have crashed", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    edited.edit(version(2, "await new Promise((resolve) => setTimeout(resolve, 300)); throw new Error('no');"));
    const reload = errorOf(workspace.host.reload("edited"));
    await errorOf(workspace.call("crash"));
    expect((await reload).code).toBe("setup-failed");
    expect(workspace.host.extensions()[1]).toMatchObject({ state: "disabled", error: { exitCode: 9 } });
  });

  test("and the last output in the error is the new version's", async () => {
    await using edited = await openEdited();
    edited.edit(version(2, 'console.error("words of v2"); process.exit(5);'));
    const first = await errorOf(edited.workspace.host.reload("edited"));
    expect(first.stderrTail).toEqual(["words of v2"]);
    edited.edit(version(3, "process.exit(5);"));
    const second = await errorOf(edited.workspace.host.reload("edited"));
    expect(second.stderrTail).toEqual([]);
  });

  test("an unknown id is refused with the nearest", async () => {
    await using edited = await openEdited();
    const error = await errorOf(edited.workspace.host.reload("editde"));
    expect(error).toMatchObject({ code: "unknown-extension", executed: "no" });
    expect(error.message).toContain("Did you mean `edited`?");
  });
});

describe("an old version that still finishes its calls", () => {
  test("is gone when its extension is unloaded", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    const old = workspace.host.extensions()[1]?.pid ?? 0;
    const { result } = await startWait(workspace);
    const failed = errorOf(result);
    edited.edit(version(2));
    await workspace.host.reload("edited");
    await workspace.host.unload("edited");
    expect(isAlive(old)).toBe(false);
    expect(await failed).toMatchObject({ code: "extension-stopped" });
  });

  test("is gone when the host is closed", async () => {
    await using edited = await openEdited();
    const { workspace } = edited;
    workspace.checkNeighbour = false;
    const old = workspace.host.extensions()[1]?.pid ?? 0;
    const { result } = await startWait(workspace);
    const failed = errorOf(result);
    edited.edit(version(2));
    await workspace.host.reload("edited");
    await workspace.host.close();
    expect(isAlive(old)).toBe(false);
    expect(await failed).toMatchObject({ code: "extension-stopped" });
  });

  test("fails its calls with its own exit when it crashes", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(raw(), { id: "raw" });
    const call = errorOf(workspace.call("raw", { do: "never" }));
    const old = workspace.host.extensions()[1]?.pid ?? 0;
    await workspace.host.reload("raw");
    process.kill(old, "SIGKILL");
    expect(await call).toMatchObject({ code: "extension-crashed", signal: "SIGKILL" });
    expect(await workspace.ask("raw", { text: "new" })).toBe("new");
    expect(workspace.host.extensions()[1]).toMatchObject({ state: "ready", generation: 2 });
  });
});
