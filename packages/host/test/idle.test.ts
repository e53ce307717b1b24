import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSupervised, type Supervised, version } from "./support/supervised.ts";
import { errorOf } from "./support/workspace.ts";

const CALL = { callId: "1", tool: "bash", input: {}, caller: "model" };

describe("an extension that may start late", () => {
  test("is started when nothing is known of it", async () => {
    await using ext = await openSupervised({ start: "lazy" });
    expect(ext.info).toMatchObject({ state: "ready", generation: 1 });
  });

  test("offers what it offered before, without a process", async () => {
    const source = version(1, `api.on("turn_end", () => {}); api.on("tool_call", () => undefined);`);
    await using ext = await openSupervised({ start: "lazy", known: true, source });
    expect(ext.info).toMatchObject({
      state: "idle",
      pid: undefined,
      generation: 0,
      hooks: ["tool_call"],
      events: ["turn_end"],
    });
    expect(ext.info.tools).toContain("version");
    expect(ext.workspace.host.tools().find(({ name }) => name === "version")).toMatchObject({
      parameters: { type: "object" },
    });
    expect((await errorOf(ext.workspace.call("version", "no object" as never))).code).toBe("invalid-arguments");
    expect(ext.info.state).toBe("idle");
  });

  test("starts at the first call, once, and answers all that came meanwhile", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    const pids = await Promise.all(Array.from({ length: 10 }, () => ext.workspace.ask("pid")));
    expect(new Set(pids)).toEqual(new Set([String(ext.info.pid)]));
    expect(ext.info).toMatchObject({ state: "ready", generation: 1, restarts: 0 });
  });

  test("starts at the first event, and hears it", async () => {
    const source = version(
      1,
      `const heard = []; api.on("turn_end", ({ number }) => void heard.push(number)); tool("heard", () => heard.join());`,
    );
    await using ext = await openSupervised({ start: "lazy", known: true, source });
    ext.workspace.host.emit("turn_start", { number: 0 });
    expect(ext.info.state).toBe("idle");
    const woken = ext.until("ready");
    for (const number of [1, 2]) ext.workspace.host.emit("turn_end", { number });
    await woken;
    expect(await ext.workspace.ask("heard")).toBe("1,2");
  });

  test("starts at the first event that its gate has to judge, and judges it", async () => {
    await using ext = await openSupervised({
      start: "lazy",
      known: true,
      source: version(1, `api.on("tool_call", () => ({ block: "no" }));`),
    });
    expect(await ext.workspace.host.decide("tool_call", CALL)).toEqual({
      action: "block",
      reason: "no",
      extensionId: "ext",
    });
  });

  test("starts at once where it wants to", async () => {
    await using ext = await openSupervised({
      start: "lazy",
      known: true,
      source: version(1, `api.declare({ start: "eager" });`),
    });
    expect(ext.info.state).toBe("ready");
  });

  const changes: [string, (ext: Supervised) => { id?: string; config?: object } | void][] = [
    ["content", (ext) => ext.edit(version(2))],
    ["settings", () => ({ config: { city: "Ulm" } })],
    ["id", () => ({ id: "other" })],
  ];

  test.for(changes)("is started when its %s changes", async ([, change]) => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    await ext.workspace.host.unload("ext");
    const options = { id: "ext", ...change(ext) } as { id: string };
    expect(await ext.workspace.load(ext.path, options)).toMatchObject({ state: "ready" });
  });

  test("is started when what was kept of it is damaged", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    await ext.workspace.host.unload("ext");
    const offers = join(ext.workspace.directory, "cache/offers");
    for (const name of readdirSync(offers)) writeFileSync(join(offers, name), "{}");
    expect(await ext.workspace.load(ext.path, { id: "ext" })).toMatchObject({ state: "ready" });
  });

  test("offers what it offers now, when that is something else", async () => {
    const source = version(1, `if (existsSync("changed")) tool("new", () => "new"); else tool("old", () => "old");`);
    await using ext = await openSupervised({ start: "lazy", known: true, source });
    ext.workspace.write("changed", "");
    expect(ext.info.tools).toContain("old");
    const old = errorOf(ext.workspace.call("old"));
    expect(await ext.workspace.ask("version")).toBe("v1");
    expect(await old).toMatchObject({ code: "unknown-tool", executed: "no" });
    expect(ext.info.tools).toContain("new");
    expect(ext.info.tools).not.toContain("old");
  });

  test("is refused when somebody else has the name of a tool", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    await ext.workspace.host.unload("ext");
    await ext.workspace.load(ext.workspace.write("other.mjs", version(2)), { id: "other" });
    expect(await errorOf(ext.workspace.load(ext.path, { id: "ext" }))).toMatchObject({ code: "tool-collision" });
  });

  test("starts from what was built, whatever is in the file by now", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    rmSync(ext.path);
    expect(await ext.workspace.ask("version")).toBe("v1");
  });

  test("is started again like any other when it crashes while it wakes", async () => {
    const source = version(1, `if (existsSync("broken")) process.exit(3);`);
    await using ext = await openSupervised({ start: "lazy", known: true, source, random: () => 0 });
    const broken = ext.workspace.write("broken", "");
    const restarting = ext.until("restarting").then(() => rmSync(broken));
    expect(await ext.workspace.ask("version")).toBe("v1");
    await restarting;
    expect(ext.story).toContain("waking → restarting: crashed; starting again in … ms");
  });

  test.for(["unload", "close"])(
    "leaves nothing, and nobody waiting, when there is a %s while it wakes",
    async (end) => {
      const source = version(1, `if (existsSync("slow")) await new Promise(() => setInterval(() => {}, 1000));`);
      await using ext = await openSupervised({ start: "lazy", known: true, source });
      ext.workspace.write("slow", "");
      ext.workspace.checkNeighbour = end === "unload";
      const call = errorOf(ext.workspace.call("version"));
      expect(ext.info.state).toBe("waking");
      if (end === "unload") await ext.workspace.host.unload("ext");
      else await ext.workspace.host.close();
      expect(await call).toMatchObject({ code: "extension-stopped", executed: "no" });
    },
  );

  test("can be unloaded before it ever ran", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    await ext.workspace.host.unload("ext");
    expect(await errorOf(ext.workspace.call("version"))).toMatchObject({ code: "unknown-tool" });
  });

  test("is reloaded without having run", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    expect(await errorOf(ext.reload("export default (api) => {"))).toMatchObject({ code: "build-failed" });
    expect(ext.info.state).toBe("idle");
    await ext.reload(version(2));
    expect(await ext.workspace.ask("version")).toBe("v2");
  });

  test("wakes for what came during a reload that failed", async () => {
    await using ext = await openSupervised({ start: "lazy", known: true });
    const waking = ext.until("waking").then(() => ext.workspace.ask("version"));
    expect(await errorOf(ext.reload("export default (api) => {"))).toMatchObject({ code: "build-failed" });
    expect(await waking).toBe("v1");
  });
});
