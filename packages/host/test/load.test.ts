import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { isAlive } from "./support/processes.ts";
import { LONG_MS, SteppedClock } from "./support/supervised.ts";
import { errorOf, fixture, openWorkspace, raw } from "./support/workspace.ts";

describe("sources that can't be resolved", () => {
  test("no such file", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load("nowhere.ts"));
    expect(error).toMatchObject({ code: "source-not-found", phase: "resolve", executed: "no", extensionId: "nowhere" });
    expect(error.message).toContain(join(workspace.directory, "nowhere.ts"));
  });

  test("a type of file that tau does not build", async () => {
    await using workspace = await openWorkspace();
    workspace.write("notes.txt", "hello");
    const error = await errorOf(workspace.load("notes.txt"));
    expect(error).toMatchObject({ code: "source-unsupported", phase: "resolve" });
    expect(error.message).toMatch(/\.ts, \.mts.*command/s);
  });

  test("a directory without a manifest", async () => {
    await using workspace = await openWorkspace();
    mkdirSync(join(workspace.directory, "empty"));
    const error = await errorOf(workspace.load("empty"));
    expect(error).toMatchObject({ code: "manifest-missing", phase: "resolve" });
    expect(error.message).toContain("found no package.json");
  });

  const manifests: [string, string, string, RegExp][] = [
    ["is no JSON", "{ nope", "manifest-invalid", /Expected JSON in .*package\.json/],
    ["is an array of nothing", "[]", "manifest-missing", /got no "tau"/],
    ["is null", "null", "manifest-invalid", /not an object/],
    ["has no tau", "{}", "manifest-missing", /got no "tau"/],
    ["has a number as tau", '{"tau":5}', "manifest-invalid", /got 5/],
    ["has a number as main", '{"tau":{"main":5}}', "manifest-invalid", /got \{"main":5\}/],
    ["has a command that is no list", '{"tau":{"command":"node x"}}', "manifest-invalid", /got \{"command"/],
    ["names a main that is missing", '{"tau":{"main":"./gone.ts"}}', "manifest-invalid", /found none at .*gone\.ts/],
    ["names a directory as main", '{"tau":{"main":"."}}', "source-unsupported", /Expected a file ending in/],
  ];

  test.for(manifests)("a manifest that %s", async ([, text, code, message]) => {
    await using workspace = await openWorkspace();
    workspace.write("package/package.json", text);
    const error = await errorOf(workspace.load("package"));
    expect(error).toMatchObject({ code, phase: "resolve", executed: "no" });
    expect(error.message).toMatch(message);
  });

  test("a source that is neither a path nor a command", async () => {
    await using workspace = await openWorkspace();
    for (const source of [undefined, 5, {}, { command: "node" }]) {
      expect(await errorOf(workspace.host.load(source as never))).toMatchObject({ code: "invalid-option" });
    }
  });
});

describe("sources that can't be built", () => {
  test("a syntax error names file, line, column and the line", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("broken/syntax.ts")));
    expect(error).toMatchObject({ code: "build-failed", phase: "build", extensionId: "syntax", executed: "no" });
    expect(error.diagnostics).toEqual([
      {
        severity: "error",
        message: 'Expected "}" but found "]"',
        file: fixture("broken/syntax.ts"),
        line: 4,
        column: 37,
        lineText: '  api.registerTool({ name: "broken" ];',
      },
    ]);
    expect(error.message).toContain(`${fixture("broken/syntax.ts")}:4:37: Expected "}" but found "]"`);
  });

  test("a missing package names the place and how to install it", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("broken/missing-import.ts")));
    expect(error).toMatchObject({ code: "build-failed", phase: "build" });
    expect(error.diagnostics).toMatchObject([{ file: fixture("broken/missing-import.ts"), line: 1, column: 25 }]);
    expect(error.message).toContain("npm install no-such-package --prefix");
  });

  test("a missing file names the place", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("broken/missing-file.ts")));
    expect(error.diagnostics).toMatchObject([
      { message: 'Could not resolve "./no-such-file.ts"', line: 1, column: 25 },
    ]);
  });

  test("a cache that can't be written says so", async () => {
    await using workspace = await openWorkspace({ cacheDir: fixture("echo.ts/cache") });
    const error = await errorOf(workspace.load(fixture("echo.ts")));
    expect(error).toMatchObject({ phase: "build", extensionId: "echo" });
    expect(error.message).toContain("echo.ts/cache");
  });
});

describe("setups that fail", () => {
  test("a throw in setup points at the author's line", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("throws-in-setup.ts")));
    expect(error).toMatchObject({
      code: "setup-failed",
      phase: "setup",
      extensionId: "throws-in-setup",
      executed: "no",
    });
    expect(error.message).toContain("no token");
    expect(error.remoteStack).toContain(`${fixture("throws-in-setup.ts")}:3:`);
  });

  test("a throw while the source is imported points at the author's line", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("throws-on-import.ts")));
    expect(error).toMatchObject({ code: "setup-failed", phase: "setup" });
    expect(error.remoteStack).toContain(`${fixture("throws-on-import.ts")}:1:`);
  });

  test.for(["broken/no-default.ts", "broken/default-object.ts"])("%s has no setup to run", async (name) => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture(name)));
    expect(error).toMatchObject({ code: "setup-failed", phase: "setup" });
    expect(error.message).toContain("export default function setup(api)");
  });

  test("a setup that never settles times out in the phase setup, with its last output", async () => {
    const clock = new SteppedClock();
    await using workspace = await openWorkspace({ clock });
    const waiting = workspace.next("log", ({ text }) => text === "waiting for ever");
    const loading = errorOf(workspace.load(fixture("never-ready.ts"), { startTimeoutMs: LONG_MS }));
    await waiting;
    clock.advance(LONG_MS);
    const error = await loading;
    expect(error).toMatchObject({ code: "start-timeout", phase: "setup", executed: "no", extensionId: "never-ready" });
    expect(error.message).toContain(`did not start within ${LONG_MS} ms`);
    expect(error.stderrTail).toEqual(["waiting for ever"]);
  });

  test("a setup that spins times out in the phase handshake", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("spins-in-setup.ts"), { startTimeoutMs: 1000 }));
    expect(error).toMatchObject({ code: "start-timeout", phase: "handshake" });
  });

  test("a setup that exits tells the exit code and its last words", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(fixture("exits-in-setup.ts")));
    expect(error).toMatchObject({ code: "start-exited", exitCode: 4, extensionId: "exits-in-setup", executed: "no" });
    expect(error.message).toMatch(/exited with code 4 before it was ready[^]*goodbye/);
    expect(error.stderrTail).toEqual(["goodbye"]);
  });
});

describe("answers to hello", () => {
  const answers: [string, string, string, RegExp][] = [
    ["number", "protocol-violation", "handshake", /`protocol` to be 1/],
    ["null", "protocol-violation", "handshake", /`protocol` to be 1/],
    ["nothing", "protocol-violation", "handshake", /neither/],
    ["wrong-protocol", "protocol-violation", "handshake", /to be 1, got 7/],
    ["text-protocol", "protocol-violation", "handshake", /to be 1, got "1"/],
    ["tools-object", "registration-refused", "register", /`tools` to be an array/],
    ["events-number", "protocol-violation", "handshake", /`events` to be a list/],
    ["hooks-text", "protocol-violation", "handshake", /`hooks` to be a list/],
    ["unknown-hook", "protocol-violation", "handshake", /no_such_event/],
    ["bad-name", "registration-refused", "register", /tool name.*got "not a name"/],
    ["no-description", "registration-refused", "register", /tool `raw` to have a description/],
    ["schema-text", "registration-refused", "register", /`raw`.*got "object"/],
    ["schema-array-type", "registration-refused", "register", /got the type "array", expected `object`/],
    ["schema-bad-type", "registration-refused", "register", /schema\.properties\.a\.type/],
    ["schema-bad-ref", "registration-refused", "register", /can't resolve reference #\/\$defs\/none/],
    ["schema-remote-ref", "registration-refused", "register", /can't resolve reference http/],
    ["schema-bad-pattern", "registration-refused", "register", /regular expression/],
    ["schema-deep", "registration-refused", "register", /nested deeper than 64 levels/],
    ["schema-very-deep", "registration-refused", "register", /`raw`/],
    ["schema-huge", "registration-refused", "register", /more than 262144/],
    ["schema-async", "registration-refused", "register", /\$async/],
    ["schema-nullable", "registration-refused", "register", /nullable/],
    ["same-tool-twice", "registration-refused", "register", /`raw` is declared twice/],
    ["a-lot", "registration-refused", "register", /at most 1000 tools, got 1001/],
    ["error", "setup-failed", "setup", /no mood today/],
    ["shapeless-error", "internal-error", "handshake", /failed/],
    ["exits", "start-exited", "handshake", /exited with code 3 before it was ready/],
    ["closes-channel", "start-exited", "handshake", /closed its channel/],
  ];

  test.for(answers)("%s is refused with %s in the phase %s", async ([mode, code, phase, message]) => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(raw(mode), { id: "odd" }));
    expect(error).toMatchObject({ code, phase, extensionId: "odd" });
    expect(error.message).toMatch(message);
    expect(workspace.host.extensions().map(({ id }) => id)).toEqual(["neighbour"]);
    expect(workspace.host.tools().map(({ name }) => name)).toEqual(["neighbour"]);
  });

  test("a thousand tools whose schemas take a second to check do not stall the host", async () => {
    await using workspace = await openWorkspace();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await workspace.load(raw("many-patterns"), { id: "many" });
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(300);
    expect(workspace.host.tools()).toHaveLength(1001);
  });

  test("an extension that ends while its thousand tools are checked did not start", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(raw("many-patterns-exits"), { id: "many" }));
    expect(error).toMatchObject({ code: "start-exited", exitCode: 3, extensionId: "many" });
    expect(workspace.host.tools()).toHaveLength(1);
  });

  test("silence times out in the phase handshake", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(raw("silent"), { id: "odd", startTimeoutMs: 500 }));
    expect(error).toMatchObject({ code: "start-timeout", phase: "handshake" });
  });

  test("a tool that another extension has is refused, and both owners are named", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load(raw("takes"), { id: "thief" }));
    expect(error).toMatchObject({ code: "tool-collision", phase: "register", extensionId: "thief" });
    expect(error.message).toContain("`neighbour` and `thief` both offer a tool `neighbour`");
    expect(workspace.processes()).toHaveLength(1);
  });

  test("an extension that ends right after hello is loaded and known as disabled", async () => {
    await using workspace = await openWorkspace();
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    await workspace.load(raw("exits-after"), { id: "brief" });
    await crashed;
    const [, info] = workspace.host.extensions();
    expect(info).toMatchObject({ id: "brief", state: "disabled", tools: ["raw"], error: { exitCode: 0 } });
  });

  test("a failed load leaves no process when it fails", async () => {
    await using workspace = await openWorkspace();
    const pids: number[] = [];
    workspace.host.on("log", ({ text }) => void (/^pid \d+$/.test(text) && pids.push(Number(text.slice(4)))));
    const source = workspace.write(
      "thief.mjs",
      `
      console.log("pid " + process.pid);
      export default (api) => api.registerTool({ name: "neighbour", description: "", parameters: { type: "object" }, execute() {} });`,
    );
    await errorOf(workspace.load(source));
    expect(pids).toHaveLength(1);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
