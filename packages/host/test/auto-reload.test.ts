import { watch } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { openWorkspace, textOf } from "./support/workspace.ts";

/** An extension whose tool says a text. */
const saying = (tool: string, text: string): string => `
  import { ToolResult } from "tau-ext";
  export default (api) => {
    api.registerTool({ name: "${tool}", description: "", parameters: { type: "object" }, execute: () => ToolResult.text("${text}") });
  };`;

const NAMES = Array.from({ length: 20 }, (_, index) => `say_${index}`);

/** How many folders this process watches. */
const watches = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "FSEventWrap").length;

// From the first watch on the process keeps a descriptor for all of them.
watch(tmpdir()).close();

describe("A host that watches", () => {
  test("reloads what was saved before its turn to be watched came", async () => {
    await using workspace = await openWorkspace({ start: "lazy" });
    for (const name of NAMES) await workspace.load(workspace.write(`${name}.mjs`, saying(name, "before")));
    workspace.host.watch();
    for (const name of NAMES) workspace.write(`${name}.mjs`, saying(name, "after"));
    for (const name of NAMES)
      await expect.poll(async () => textOf(await workspace.call(name)), { timeout: 20_000 }).toBe("after");
  });

  test("reloads what was saved between its load and the wish to watch", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.write("late.mjs", saying("say", "before"));
    await workspace.load(path);
    workspace.write("late.mjs", saying("say", "after"));
    workspace.host.watch();
    await expect.poll(async () => textOf(await workspace.call("say")), { timeout: 20_000 }).toBe("after");
  });

  test("watches nothing yet while an agent that has just started answers", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(workspace.write("say.mjs", saying("say", "before")));
    const before = watches();
    const start = performance.now();
    workspace.host.watch();
    while (watches() === before) await new Promise((resolve) => setImmediate(resolve));
    // Node's timers are a millisecond early at most.
    expect(performance.now() - start).toBeGreaterThan(18);
  });

  test("that is closed in the same turn leaves nothing behind", async () => {
    const workspace = await openWorkspace({ start: "lazy" });
    for (const name of NAMES) await workspace.load(workspace.write(`${name}.mjs`, saying(name, "before")));
    const before = watches();
    workspace.host.watch();
    await workspace[Symbol.asyncDispose]();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watches()).toBe(before);
  });

  test("that is told to stop while it closes leaves nothing behind", async () => {
    const workspace = await openWorkspace({ start: "lazy" });
    for (const name of NAMES) await workspace.load(workspace.write(`${name}.mjs`, saying(name, "before")));
    const before = watches();
    const stop = workspace.host.watch();
    const closing = workspace.host.close();
    stop();
    await closing;
    workspace.checkNeighbour = false;
    await workspace[Symbol.asyncDispose]();
    expect(watches()).toBe(before);
  });
});
