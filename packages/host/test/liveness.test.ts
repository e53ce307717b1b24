import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "tau-rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeHang, describeRecovery, hangError } from "../src/liveness/describe-hang.ts";
import { HANG_TICKS, LivenessMonitor, TICK_MS } from "../src/liveness/liveness-monitor.ts";
import { type BlockedReport, BlockedProfiler } from "../src/liveness/profile-blocked.ts";
import { Blocking, bundleBlocking } from "./support/blocking.ts";
import { isAlive, stateOf, until } from "./support/processes.ts";
import { fixture } from "./support/workspace.ts";

let built: Awaited<ReturnType<typeof bundleBlocking>>;
beforeAll(async () => {
  built = await bundleBlocking();
});
afterAll(() => built[Symbol.asyncDispose]());

const SOURCE = fixture("blocks.ts");
const LINES = readFileSync(SOURCE, "utf8").split("\n");

/** `file:line` of the one line of the fixture that holds a text. */
function placeOf(text: string): string {
  const line = LINES.findIndex((each) => each.includes(text)) + 1;
  expect(line, text).toBeGreaterThan(0);
  return `${SOURCE}:${line}:`;
}

/** Listening TCP ports of a process on 127.0.0.1: its inspector. Source: proc(5), proc_net_tcp(5). */
function listeningPorts(pid: number): number {
  const listening = readFileSync(`/proc/${pid}/net/tcp`, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => `socket:[${fields[9]}]`);
  return openFiles(pid).filter((name) => listening.includes(name)).length;
}

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

async function blockedBy(deed: string): Promise<Blocking> {
  const blocking = await Blocking.start(built.bundle);
  void blocking.do(deed);
  await blocking.untilBlocked();
  return blocking;
}

const text = (report: BlockedReport): string => describeHang({ extensionId: "blocks", blockedMs: 2000, report });

describe("the profile of a blocked process", () => {
  test("names the function, the file and the line of an endless loop, and who called it", async () => {
    await using blocking = await blockedBy("loop");
    const report = await blocking.profiler.profile();
    const names = report.hot?.frames.map(({ name }) => name) ?? [];
    expect(names).toContain("countCommas");
    expect(["countCommas", "countForEver"]).toContain(names[0]);
    const frame = report.hot?.frames.find(({ name }) => name === "countCommas");
    const loop = [placeOf("for (let i = 0; i < text.length; i++)"), placeOf("text.charCodeAt(i) === 44")];
    expect(loop.some((place) => frame?.place?.startsWith(place))).toBe(true);
    const shown = text(report);
    expect(shown).toMatch(
      /^Extension `blocks` has not answered for 2 s: its event loop is blocked\.\n +\d+ % {2}count/,
    );
    expect(shown).toContain(`called by loop (${placeOf("loop: () => countForEver")}`);
    expect(shown.split("\n").length).toBeLessThanOrEqual(6);
  });

  test("names the author's function for time spent in Node's", async () => {
    await using blocking = await blockedBy("read");
    const [hottest] = (await blocking.profiler.profile()).hot?.frames ?? [];
    expect(hottest).toMatchObject({ name: "readForEver", inside: "readFileSync" });
    expect(hottest?.place).toContain(placeOf("function readForEver"));
  });

  test("reaches into a regular expression", async () => {
    await using blocking = await blockedBy("regex");
    const [hottest] = (await blocking.profiler.profile()).hot?.frames ?? [];
    expect(hottest).toMatchObject({ name: "regex" });
    expect(hottest?.place).toContain(placeOf("^(a+)+$"));
  });

  test("reaches into `Atomics.wait`, and says that hardly any processor is used", async () => {
    await using blocking = await blockedBy("wait");
    const report = await blocking.profiler.profile();
    expect(report.hot?.frames[0]?.place).toContain(placeOf("Atomics.wait"));
    expect(text(report)).toMatch(
      /is blocked\. It sits in a system call( \(\w+\))? and uses hardly any processor\.\n {2}100 %/,
    );
  });

  test("names a loop in a timer, with no call in flight", async () => {
    await using blocking = await Blocking.start(built.bundle);
    await blocking.do("later");
    await blocking.untilBlocked();
    const names = (await blocking.profiler.profile()).hot?.frames.map(({ name }) => name);
    expect(names).toContain("countCommas");
  });

  test("says of a process that went on that its loop turns", async () => {
    await using blocking = await Blocking.start(built.bundle);
    const report = await blocking.profiler.profile();
    expect(text(report)).toBe("Extension `blocks` has not answered for 2 s. It goes on by now.");
  });

  test("can be made again, and the inspector is closed each time and never in the log", async () => {
    await using blocking = await blockedBy("loop");
    expect(listeningPorts(blocking.pid)).toBe(0);
    for (let i = 0; i < 3; i++) {
      expect((await blocking.profiler.profile()).hot?.frames.length).toBeGreaterThan(0);
      expect(listeningPorts(blocking.pid)).toBe(0);
    }
    expect(blocking.logged).toEqual([]);
  });

  test("leaves no inspector behind in a process that goes on", async () => {
    await using blocking = await Blocking.start(built.bundle);
    const done = blocking.do("spin a while");
    await blocking.untilBlocked();
    await blocking.profiler.profile();
    await done;
    for (let i = 0; i < 3; i++) await blocking.do("nothing");
    await until("the inspector to be closed", () => listeningPorts(blocking.pid) === 0);
  });

  test("takes less than a second", async () => {
    await using blocking = await blockedBy("loop");
    const start = performance.now();
    await blocking.profiler.profile();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("without a profile", () => {
  test("a process that waits for a child says so", async () => {
    await using blocking = await blockedBy("exec");
    const report = await blocking.profiler.profile();
    expect(report.hot).toBeUndefined();
    expect(text(report)).toMatch(
      /its event loop is blocked\. It sits in a system call( \(\w+\))? and uses hardly any processor\. Perhaps it waits for its child: (sh|sleep) \(\d+\)\.$/,
    );
    const [child] = report.facts?.children ?? [];
    process.kill(Number(/\((\d+)\)/.exec(child ?? "")?.[1]), "SIGKILL");
  });

  test("the inspector that was asked for is closed when the process goes on", async () => {
    await using blocking = await Blocking.start(built.bundle);
    const done = blocking.do("exec a while");
    await blocking.untilBlocked();
    const opened = blocking.lines.nextMatch(/listening/, 10_000);
    expect((await blocking.profiler.profile()).hot).toBeUndefined();
    await done;
    expect(await opened).toBeDefined();
    await until("the inspector to be closed", () => listeningPorts(blocking.pid) === 0);
    expect(blocking.logged).toEqual([]);
    await blocking.do("nothing");
  });

  test("a loop in native code is told by the processor it uses", async () => {
    await using blocking = await blockedBy("native loop");
    const report = await blocking.profiler.profile();
    expect(text(report)).toMatch(
      /is blocked\. It uses \d+ % of a processor, in native code or a built-in function, which/,
    );
  });

  test("an extension that handles the signal itself is left alone", async () => {
    await using blocking = await blockedBy("own signal");
    const report = await blocking.profiler.profile();
    expect(report.hot).toBeUndefined();
    expect(report.facts?.state).toBe("R");
    expect(isAlive(blocking.pid)).toBe(true);
  });

  test("an extension that the signal would end does not get it", async () => {
    await using blocking = await blockedBy("no signal");
    const report = await blocking.profiler.profile();
    expect(report.hot).toBeUndefined();
    await sleep(50);
    expect(isAlive(blocking.pid)).toBe(true);
  });

  test("a process that was stopped by a signal says so and gets no other", async () => {
    await using blocking = await Blocking.start(built.bundle);
    process.kill(blocking.pid, "SIGSTOP");
    // The signal is on its way when `kill` returns; until it arrives, the process may be looked into.
    await until("the process to be stopped", () => stateOf(blocking.pid) === "T");
    const report = await blocking.profiler.profile();
    expect(text(report)).toBe(
      "Extension `blocks` has not answered for 2 s. It was stopped by a signal; SIGCONT lets it go on.",
    );
    process.kill(blocking.pid, "SIGCONT");
    await blocking.do("nothing");
    expect(listeningPorts(blocking.pid)).toBe(0);
  });

  test("a process that is not Node gets no signal", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    const report = await profileStranger(child.pid ?? 0);
    expect(text(report)).toMatch(
      /^Extension `blocks` has not answered for 2 s\. It sits in a system call( \(\w+\))? and uses hardly any processor\.$/,
    );
    expect(isAlive(child.pid ?? 0)).toBe(true);
    child.kill();
    await once(child, "exit");
  });

  test("of a process that is gone only the silence is known", async () => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    expect(text(await profileStranger(child.pid ?? 0))).toBe("Extension `blocks` has not answered for 2 s.");
  });

  test("an address that the extension made up leads nowhere", async () => {
    await using blocking = await Blocking.start(built.bundle);
    const lines = Array<string>(9).fill("Debugger listening on ws://127.0.0.1:1/00000000-0000-0000-0000-000000000000");
    const profiler = new BlockedProfiler({
      pid: blocking.pid,
      isNode: true,
      nextStderrMatch: async (pattern) => pattern.exec(lines.shift() ?? "") ?? undefined,
      clock: systemClock,
    });
    expect((await profiler.profile()).hot).toBeUndefined();
  });
});

function profileStranger(pid: number): Promise<BlockedReport> {
  const nextStderrMatch = async (): Promise<undefined> => undefined;
  return new BlockedProfiler({ pid, isNode: false, nextStderrMatch, clock: systemClock }).profile();
}

describe("a watched process", () => {
  test("that is blocked is reported after 2 s of silence, with its profile, and is over its limit later", async () => {
    await using blocking = await Blocking.start(built.bundle);
    const monitor = new LivenessMonitor({ clock: systemClock });
    blocking.watch(monitor, 3000);
    void blocking.do("loop");
    const hang = await blocking.untilTold("hang");
    expect(hang).toMatchObject({ blockedMs: 2000 });
    const shown = describeHang({ extensionId: "blocks", ...hang, report: await blocking.profiler.profile() });
    expect(shown).toMatch(/%  count(Commas|ForEver) \(/);
    expect(await blocking.untilTold("limit")).toMatchObject({ blockedMs: 3000 });
  });

  test.concurrent("that is stopped is reported, and recovers when it goes on", async () => {
    await using blocking = await Blocking.start(built.bundle);
    blocking.watch(new LivenessMonitor({ clock: systemClock }), 60_000);
    process.kill(blocking.pid, "SIGSTOP");
    await blocking.untilTold("hang");
    process.kill(blocking.pid, "SIGCONT");
    const { blockedMs } = await blocking.untilTold("recovery");
    expect(describeRecovery("blocks", blockedMs)).toMatch(/^Extension `blocks` answers again, after \d(\.\d)? s of/);
    expect(blocking.told.map(({ what }) => what)).toEqual(["hang", "recovery"]);
    await blocking.do("nothing");
  });

  test("that blocks for a while and goes on recovers", async () => {
    await using blocking = await Blocking.start(built.bundle);
    blocking.watch(new LivenessMonitor({ clock: systemClock }), 60_000);
    const go = join(built.directory, "go");
    const done = blocking.do("spin until told", go);
    await blocking.untilTold("hang");
    writeFileSync(go, "");
    await done;
    await blocking.untilTold("recovery");
  });

  test.concurrent("whose tool works for long, turn by turn, is never reported", async () => {
    await using blocking = await Blocking.start(built.bundle);
    blocking.watch(new LivenessMonitor({ clock: systemClock }), 2000);
    await blocking.do("work a while");
    expect(blocking.told).toEqual([]);
  });

  test.for(["parse much", "fill the heap"])("that has to %s is done before it would be ended", async (deed) => {
    await using blocking = await Blocking.start(built.bundle);
    blocking.watch(new LivenessMonitor({ clock: systemClock }), 30_000);
    const start = performance.now();
    await blocking.do(deed);
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(blocking.told.map(({ what }) => what)).not.toContain("limit");
  });

  test.concurrent("is not reported by a host that was stopped itself for longer than the limit", async () => {
    await using host = await startHost();
    await host.next("round");
    process.kill(host.pid, "SIGSTOP");
    await sleep(3000);
    process.kill(host.pid, "SIGCONT");
    for (let i = 0; i < 2; i++) await host.next("round");
    expect(host.printed.filter((line) => line !== "round")).toEqual([`child ${host.childPid}`]);
  });

  test.concurrent("is not reported by a host that was stopped together with it", async () => {
    await using host = await startHost();
    await host.next("round");
    for (const pid of [host.pid, host.childPid]) process.kill(pid, "SIGSTOP");
    await sleep(4000);
    process.kill(host.pid, "SIGCONT");
    // As after a sleep, where everybody comes back, the one sooner than the other.
    await sleep(TICK_MS * HANG_TICKS);
    process.kill(host.childPid, "SIGCONT");
    for (let i = 0; i < 2; i++) await host.next("round");
    expect(host.printed.filter((line) => line !== "round")).toEqual([`child ${host.childPid}`]);
  });
});

test("the error of a process that was ended for it says where it was stuck and what to do", () => {
  const report: BlockedReport = {
    isNode: true,
    hot: {
      frames: [
        { share: 0.82, name: "parse", place: "/p/search.ts:41:7", inside: "readFileSync" },
        { share: 0.111, name: "garbage collection" },
      ],
      callers: [{ name: "handle", place: "/p/search.ts:12:3" }],
      idle: false,
    },
    facts: { state: "R", cpuShare: 0.99, waitsIn: undefined, children: [] },
  };
  const error = hangError({ extensionId: "search", blockedMs: 30_000, report });
  expect(error).toMatchObject({ code: "extension-killed", executed: "maybe", extensionId: "search" });
  expect(error.message).toBe(
    [
      "Extension `search` was ended after 30 s without an answer: its event loop is blocked.",
      "   82 %  parse (/p/search.ts:41:7), in readFileSync",
      "         called by handle (/p/search.ts:12:3)",
      "   11 %  garbage collection",
      "Work that takes long belongs into a worker thread or a process that is awaited; `hangTimeoutMs` is the limit.",
    ].join("\n"),
  );
});

interface WatchingHost extends AsyncDisposable {
  pid: number;
  childPid: number;
  printed: string[];
  next(line: string): Promise<void>;
}

async function startHost(): Promise<WatchingHost> {
  const monitor = new URL("../dist/liveness/liveness-monitor.js", import.meta.url).href;
  const runner = createRequire(import.meta.url).resolve("tau-ext/runner");
  const script = fileURLToPath(new URL("fixtures/watching-host.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, monitor, runner, built.bundle], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const printed: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => printed.push(line));
  const next = async (wanted: string): Promise<void> => {
    for (;;) if (((await once(lines, "line")) as [string])[0] === wanted) return;
  };
  const [first] = (await once(lines, "line")) as [string];
  return {
    pid: child.pid ?? 0,
    childPid: Number(/^child (\d+)$/.exec(first)?.[1]),
    printed,
    next,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}
