import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive, namedPipes, stateOf, until } from "./support/processes.ts";
import { StillClock } from "./support/still-clock.ts";
import { errorOf, fixture, openWorkspace, raw } from "./support/workspace.ts";

describe("processes", () => {
  test("ending one of twenty extensions ends no other", async () => {
    await using workspace = await openWorkspace();
    const ids = Array.from({ length: 20 }, (_, index) => `e${index}`);
    await Promise.all(
      ids.map((id) => workspace.load(fixture("echo.ts"), { id, config: { tool: id }, startTimeoutMs: 60_000 })),
    );
    await workspace.host.unload("e0");
    await workspace.host.unload("e1");
    for (const id of ids.slice(2)) expect(await workspace.ask(id, { text: id })).toBe(id);
    expect(workspace.host.extensions().map(({ state }) => state)).toEqual(Array(19).fill("ready"));
  }, 60_000);

  test("the next one's channel is made when the first call has had time to be answered", async () => {
    const clock = new StillClock();
    await using workspace = await openWorkspace({ clock });
    await workspace.load(fixture("echo.ts"));
    // The launcher has answered by now whatever it was asked before.
    for (let round = 1; round <= 3; round++) await workspace.host.usage("echo");
    expect(namedPipes()).toEqual([]);
    clock.move(10);
    await until("the next channel to be made", () => namedPipes().length === 2);
  });

  test("unload leaves no child and no daemon of the extension", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("grandchildren.ts"), { id: "family" });
    const pids = JSON.parse(await workspace.ask("pids")) as number[];
    expect(pids.every(isAlive)).toBe(true);
    await workspace.host.unload("family");
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("a crash leaves no child and no daemon of the extension", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("grandchildren.ts"), { id: "family" });
    const pids = JSON.parse(await workspace.ask("pids")) as number[];
    const crashed = workspace.next("extension", ({ to }) => to === "disabled");
    process.kill(pids[0] ?? 0, "SIGKILL");
    await crashed;
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("a launcher that is killed fails the calls in flight, and the next start brings up a new one", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    await workspace.load(fixture("grandchildren.ts"), { id: "family" });
    await workspace.load(raw(), { id: "raw" });
    const pids = JSON.parse(await workspace.ask("pids")) as number[];
    const call = errorOf(workspace.call("raw", { do: "never" }));
    process.kill(workspace.launcherPids[0] ?? 0, "SIGKILL");
    expect(await call).toMatchObject({ code: "extension-crashed", executed: "maybe", extensionId: "raw" });
    await until("every process to be gone", () => !pids.some(isAlive) && workspace.processes().length === 0);
    await workspace.host.reload("family");
    await workspace.load(fixture("echo.ts"));
    expect(await workspace.ask("echo", { text: "back" })).toBe("back");
    expect(workspace.launcherPids).toHaveLength(2);
  });

  test("an exit that the launcher tells of late is told as what it was", async () => {
    const clock = new StillClock();
    await using workspace = await openWorkspace({ clock });
    await workspace.load(raw(), { id: "raw" });
    const [launcher = 0] = workspace.launcherPids;
    process.kill(launcher, "SIGSTOP");
    await until("the launcher to be stopped", () => stateOf(launcher) === "T");
    const call = errorOf(workspace.call("raw", { do: "dies" }));
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = clock.waiting;
    // Its channel ends without the launcher, and its end is waited for.
    await until("the end to be waited for", () => clock.waiting > waiting);
    clock.move(500);
    process.kill(launcher, "SIGCONT");
    expect(await call).toMatchObject({ code: "extension-crashed", exitCode: 7 });
  });

  test("a launcher that is killed during a build costs that load time and nothing else", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    const load = workspace.load(fixture("echo.ts"));
    // Its compiler may be there by now, too.
    await until("the builder to start", () => workspace.processes().length > 1);
    process.kill(workspace.launcherPids[0] ?? 0, "SIGKILL");
    await load;
    expect(await workspace.ask("echo", { text: "built" })).toBe("built");
    expect(workspace.launcherPids).toHaveLength(2);
  });

  test("a start that a dying launcher takes with it is made by the next one", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    const [first] = workspace.launcherPids;
    // Not told of its end yet, the host asks it all the same.
    process.kill(first ?? 0, "SIGKILL");
    await workspace.load(raw(), { id: "raw" });
    expect(await workspace.ask("raw", { text: "started" })).toBe("started");
    expect(workspace.launcherPids).toHaveLength(2);
  });

  test("launchers that die one after the other fail a start, and say so", async () => {
    await using workspace = await openWorkspace();
    workspace.checkNeighbour = false;
    workspace.onLauncher = (launcher) => launcher.kill("SIGKILL");
    process.kill(workspace.launcherPids[0] ?? 0, "SIGKILL");
    const error = await errorOf(workspace.load(raw(), { id: "raw" }));
    expect(error).toMatchObject({ code: "launcher-failed", extensionId: "raw", retryable: true });
    expect(workspace.launcherPids).toHaveLength(2);
    workspace.onLauncher = () => {};
    await workspace.load(raw(), { id: "again" });
    expect(await workspace.ask("raw", { text: "started" })).toBe("started");
  });

  test("a launcher whose directory was tidied away makes another", async () => {
    const before = process.env["TMPDIR"];
    const own = join(fixture(".."), `../../../node_modules/.cache/t${process.pid}`);
    mkdirSync(own, { recursive: true });
    try {
      process.env["TMPDIR"] = own;
      await using workspace = await openWorkspace();
      const [directory] = readdirSync(own).filter((name) => /^tau-\w{6}$/.test(name));
      expect(directory).toBeDefined();
      rmSync(join(own, String(directory)), { recursive: true });
      await workspace.load(raw(), { id: "raw" });
      expect(await workspace.ask("raw", { text: "started" })).toBe("started");
      await workspace.load(fixture("echo.ts"), { id: "after" });
      expect(await workspace.ask("echo", { text: "started" })).toBe("started");
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      rmSync(own, { recursive: true, force: true });
    }
  });
});

describe("channels", () => {
  const kindsOf = (pid: number | undefined): string[] =>
    [3, 4].map((fd) =>
      readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]|.*\/pipe-\d+/, (found) =>
        found.startsWith(":") ? "" : "pipe",
      ),
    );

  test.skipIf(process.platform !== "linux")("an extension has two pipes, which nobody can open any more", async () => {
    await using workspace = await openWorkspace();
    const { pid } = await workspace.load(fixture("echo.ts"));
    expect(kindsOf(pid)).toEqual(["pipe (deleted)", "pipe (deleted)"]);
  });

  test.skipIf(process.platform !== "linux")("names of pipes that were tidied away are not missed", async () => {
    await using workspace = await openWorkspace();
    await workspace.load(fixture("echo.ts"), { id: "first" });
    await until("the next channel to be made", () => namedPipes().length === 2);
    for (const path of namedPipes()) rmSync(path);
    await workspace.load(fixture("echo.ts"), { id: "second", config: { tool: "second" } });
    expect(await workspace.ask("second", { text: "heard" })).toBe("heard");
  });

  test.skipIf(process.platform !== "linux")(
    "where nobody can make pipes it has a socket, and all is as ever",
    async () => {
      const before = process.env["PATH"];
      process.env["PATH"] = "/nowhere";
      try {
        await using workspace = await openWorkspace();
        const { pid } = await workspace.load(fixture("echo.ts"));
        expect(kindsOf(pid)).toEqual(["socket", "socket"]);
        expect(await workspace.ask("echo", { text: "x".repeat(1_000_000) })).toHaveLength(1_000_000);
        await workspace.host.reload("echo");
        expect(await workspace.ask("echo", { text: "again" })).toBe("again");
        await workspace.host.unload("echo");
      } finally {
        process.env["PATH"] = before;
      }
    },
  );
});

describe("commands", () => {
  test("a command that does not exist says so", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load({ command: ["no-such-program-anywhere"] }, { id: "gone" }));
    expect(error).toMatchObject({ code: "command-not-found", phase: "launch", extensionId: "gone", executed: "no" });
    expect(error.message).toContain("no-such-program-anywhere");
  });

  test("a path that does not exist says so", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load({ command: ["./gone"] }));
    expect(error).toMatchObject({ code: "command-not-found", phase: "launch" });
  });

  test.for([
    ["a file that is not executable", "plain.sh"],
    ["a directory", "directory"],
  ])("a command that is %s says so", async ([, name]) => {
    await using workspace = await openWorkspace();
    workspace.write("plain.sh", "#!/bin/sh\n");
    mkdirSync(join(workspace.directory, "directory"));
    const error = await errorOf(workspace.load({ command: [`./${name}`] }));
    expect(error).toMatchObject({ code: "command-not-executable", phase: "launch", executed: "no" });
  });

  test("a working directory that does not exist says so", async () => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load({ command: [process.execPath], cwd: "nowhere" }));
    expect(error).toMatchObject({ phase: "launch", executed: "no" });
    expect(error.message).toContain("nowhere");
  });

  test("a command may open its stdin and stdout by their names, which a socket does not allow", async () => {
    await using workspace = await openWorkspace();
    const offer = { protocol: 1, name: "shell", version: "1.0.0", tools: [], events: [], hooks: [], commands: [] };
    const answer = JSON.stringify({ jsonrpc: "2.0", id: 1, result: offer });
    const lines = [
      "exec 5</dev/stdin 6>/dev/stdout",
      "read -r hello <&5",
      `echo '${answer}' >&6`,
      "read -r farewell <&5",
    ];
    const path = workspace.write("shell.sh", lines.join("\n"));
    const { state } = await workspace.load({ command: ["sh", path] });
    expect(state).toBe("ready");
  });

  test("an empty command says so", async () => {
    await using workspace = await openWorkspace();
    expect(await errorOf(workspace.load({ command: [] }))).toMatchObject({ code: "invalid-option", phase: "resolve" });
  });

  test("a command with a NUL byte is refused and leaks nothing in the launcher", async () => {
    await using workspace = await openWorkspace();
    const launcher = workspace.launcherPids[0] ?? 0;
    const count = (): number => readdirSync(`/proc/${launcher}/fd`).length;
    const before = count();
    for (let i = 0; i < 5; i++) {
      const error = await errorOf(workspace.load({ command: [process.execPath, "a\0b"] }));
      expect(error).toMatchObject({ code: "spawn-failed", phase: "launch" });
    }
    await until("the launcher's descriptors to be closed", () => count() <= before);
  });

  test("an environment that is too large is refused and leaks nothing in the launcher", async () => {
    await using workspace = await openWorkspace();
    const env = { HUGE: "x".repeat(200_000) };
    const error = await errorOf(workspace.load({ command: [process.execPath] }, { env }));
    expect(error).toMatchObject({ code: "spawn-failed", phase: "launch" });
  });

  test.for([
    ["exits 0 at once", "process.exit(0)", 0],
    ["exits 3 with words on stderr", "console.error('no licence'); process.exit(3)", 3],
  ] as const)("a command that %s did not start", async ([, code, exitCode]) => {
    await using workspace = await openWorkspace();
    const error = await errorOf(workspace.load({ command: [process.execPath, "-e", code] }, { id: "brief" }));
    expect(error).toMatchObject({ code: "start-exited", phase: "handshake", exitCode, extensionId: "brief" });
    expect(error.message).toContain(`exited with code ${exitCode} before it was ready`);
    if (exitCode === 3) expect(error.stderrTail).toEqual(["no licence"]);
  });

  test("a launched process carries the mark that it is found by", async () => {
    await using workspace = await openWorkspace();
    const { pid } = await workspace.load(raw(), { id: "raw" });
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toMatch(/TAU_PROCESS=\w+\.\d+\0/);
    expect(readlinkSync(`/proc/${pid}/exe`)).toBe(process.execPath);
  });
});
