import { describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, raw, textOf, type Workspace } from "./support/workspace.ts";

async function openMisbehaving(options: Parameters<typeof openWorkspace>[0] = {}): Promise<Workspace> {
  const workspace = await openWorkspace(options);
  await workspace.load(fixture("misbehaves.ts"), { id: "bad" });
  return workspace;
}

/** The slowest of some calls to the neighbour, in milliseconds. */
async function slowestNeighbour(workspace: Workspace, calls = 30): Promise<number> {
  let slowest = 0;
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    await workspace.expectNeighbour();
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}

describe("throwing in execute", () => {
  const thrown: [string, string][] = [
    ["throw an error", "broken on purpose"],
    ["reject", "rejected on purpose"],
    ["throw text", "just text"],
    ["throw nothing", "undefined"],
    ["throw null", "null"],
    ["throw an object", '{"reason":42}'],
    ["throw a cycle", "[object Object]"],
  ];

  for (const tool of ["misbehave", "misbehave_at_once"]) {
    test.for(thrown)(`to "%s" in ${tool} fails the call alone`, async ([deed, message]) => {
      await using workspace = await openMisbehaving();
      const error = await errorOf(workspace.call(tool, { deed }));
      expect(error).toMatchObject({ code: "tool-failed", executed: "maybe", extensionId: "bad" });
      expect(error.message).toContain(message);
      expect(await workspace.ask("misbehave", { deed: "print" })).toBe("done");
    });
  }

  test("the stack of an error points at the author's line", async () => {
    await using workspace = await openMisbehaving();
    const error = await errorOf(workspace.call("misbehave", { deed: "throw an error" }));
    expect(error.remoteStack).toContain(`${fixture("misbehaves.ts")}:7:`);
  });

  test("an object that can't be described fails the call alone", async () => {
    await using workspace = await openMisbehaving();
    const error = await errorOf(workspace.call("misbehave", { deed: "throw a hostile object" }));
    expect(error).toMatchObject({ code: "tool-failed", extensionId: "bad" });
  });

  test("an error of 1 MB reaches the caller whole", async () => {
    await using workspace = await openMisbehaving();
    const error = await errorOf(workspace.call("misbehave", { deed: "throw a big error" }));
    expect(error.message.length).toBeGreaterThanOrEqual(1_000_000);
  });

  test("an error too large to be sent fails the call alone", async () => {
    await using workspace = await openMisbehaving();
    const error = await errorOf(workspace.call("misbehave", { deed: "throw a huge error" }));
    expect(error.extensionId).toBe("bad");
    expect(error.message.length).toBeLessThan(17_000_000);
    expect(await workspace.ask("misbehave", { deed: "print" })).toBe("done");
  });

  test.for(["answer nothing", "answer text"])("to %s instead of a result fails the call alone", async (deed) => {
    await using workspace = await openMisbehaving();
    const error = await errorOf(workspace.call("misbehave", { deed }));
    expect(error).toMatchObject({ code: "tool-failed", executed: "yes" });
    expect(error.message).toContain("Return ToolResult.text(…)");
  });

  test.for(["answer a cycle", "answer a BigInt"])("to %s fails the call alone", async (deed) => {
    await using workspace = await openMisbehaving();
    const error = await errorOf(workspace.call("misbehave", { deed }));
    expect(error).toMatchObject({ executed: "yes", extensionId: "bad" });
    expect(error.message).toContain("can't be sent");
  });
});

describe("ending the process", () => {
  const ends: [string, number, string][] = [
    ["exit", 6, ""],
    ["exit in a timer", 8, ""],
    ["throw in a timer", 1, "thrown in a timer"],
    ["leave a rejection", 1, "nobody handles this"],
  ];

  test.for(ends)("to %s fails the calls in flight with the exit code", async ([deed, exitCode, words]) => {
    await using workspace = await openMisbehaving();
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    const waiting = errorOf(workspace.call("misbehave", { deed: "never settle" }));
    const errors = [await errorOf(workspace.call("misbehave", { deed })), await waiting];
    for (const error of errors) {
      expect(error).toMatchObject({ code: "extension-crashed", exitCode, extensionId: "bad", executed: "maybe" });
      expect(error.message).toContain(`exited with code ${exitCode}`);
      expect(error.stderrTail?.join("\n")).toContain(words);
    }
    expect(await crashed).toMatchObject({ extensionId: "bad", from: "ready", reason: "crashed too often" });
  });

  test("an uncaught error is logged with the author's line", async () => {
    await using workspace = await openMisbehaving();
    await errorOf(workspace.call("misbehave", { deed: "throw in a timer" }));
    const log = workspace.host.logs("bad").map(({ text }) => text);
    expect(log.join("\n")).toMatch(/Uncaught Error: thrown in a timer\n.*misbehaves\.ts:\d+:\d+/);
  });

  test("to run out of memory ends the extension alone", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("misbehaves.ts"), { id: "bad", env: { NODE_OPTIONS: "--max-old-space-size=40" } });
    const error = await errorOf(workspace.call("misbehave", { deed: "run out of memory" }));
    expect(error).toMatchObject({ code: "extension-crashed", signal: "SIGABRT" });
    expect(error.stderrTail?.join("\n")).toContain("heap out of memory");
  });
});

describe("never answering", () => {
  test("a tool that spins is cancelled, then killed after the grace, and disturbs nobody", async () => {
    await using workspace = await openMisbehaving({ cancelGraceMs: 300 });
    const controller = new AbortController();
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    const spinning = errorOf(workspace.call("misbehave", { deed: "spin" }, { signal: controller.signal }));
    const beside = errorOf(workspace.call("misbehave", { deed: "never settle" }));
    expect(await slowestNeighbour(workspace)).toBeLessThan(500);
    controller.abort();
    expect(await spinning).toMatchObject({ code: "cancelled", executed: "maybe", extensionId: "bad" });
    const { error } = await crashed;
    expect(error).toMatchObject({
      code: "extension-disabled",
      extensionId: "bad",
      cause: { code: "extension-killed" },
    });
    expect(error?.message).toMatch(/`tool\/execute` was cancelled and gave no answer for another 300 ms/);
    expect(await beside).toMatchObject({ code: "extension-killed", executed: "maybe" });
  });

  test("a call past its deadline fails, and its extension is killed after the grace", async () => {
    await using workspace = await openMisbehaving({ cancelGraceMs: 300 });
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    const error = await errorOf(workspace.call("misbehave", { deed: "never settle" }, { timeoutMs: 50 }));
    expect(error).toMatchObject({ code: "timed-out", extensionId: "bad", executed: "maybe" });
    expect(error.message).toContain("within 50 ms");
    expect((await crashed).error?.message).toContain("ran out of time");
  });

  test("an extension that spins is unloaded all the same", async () => {
    await using workspace = await openMisbehaving({ shutdownTimeoutMs: 200 });
    const spinning = errorOf(workspace.call("misbehave", { deed: "spin" }));
    await workspace.host.unload("bad");
    expect(await spinning).toMatchObject({ code: "extension-stopped", extensionId: "bad" });
  });

  test("a command that ignores shutdown and the end of its channel is ended", async () => {
    await using workspace = await openWorkspace({ shutdownTimeoutMs: 200 });
    await workspace.load(raw("deaf"), { id: "deaf" });
    await workspace.host.unload("deaf");
    expect(workspace.processes()).toHaveLength(1);
  });
});

describe("endless output", () => {
  test.for(["flood stdout", "flood stderr", "flood newlines", "flood without newlines"])(
    "to %s neither slows another extension nor fills the host",
    async (deed) => {
      await using workspace = await openMisbehaving();
      let lines = 0;
      workspace.host.on("log", () => void (lines += 1));
      await workspace.ask("misbehave", { deed });
      await workspace.next("log", ({ text }) => text.includes("left out"));
      const before = process.memoryUsage().rss;
      const start = performance.now();
      expect(await slowestNeighbour(workspace, 200)).toBeLessThan(500);
      const seconds = (performance.now() - start) / 1000 + 1;
      expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
      expect(lines / seconds).toBeLessThan(50_000);
      expect(workspace.host.logs("bad").length).toBeLessThanOrEqual(1000);
    },
  );

  test("log messages of 5 MB are kept short, in memory too", async () => {
    await using workspace = await openMisbehaving();
    await workspace.ask("misbehave", { deed: "flood the log" });
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 60; i++) await workspace.next("log", ({ source }) => source === "log");
    const [line] = workspace.host.logs("bad").filter(({ source }) => source === "log");
    expect(line?.text.length).toBeLessThan(4200);
    expect(line?.text).toContain("(5000000 characters)");
    expect(process.memoryUsage().rss - before).toBeLessThan(250_000_000);
  });

  test("a print without a newline just before a reply disturbs neither", async () => {
    await using workspace = await openMisbehaving();
    await workspace.load({ command: [process.execPath, fixture("serve.mjs")] }, { id: "served" });
    for (const tool of ["misbehave", "served"]) {
      expect(textOf(await workspace.call(tool, { deed: "print" }))).toBe("done");
      expect(textOf(await workspace.call(tool, { deed: "print" }))).toBe("done");
    }
  });
});
