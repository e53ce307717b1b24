import { existsSync, lstatSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { ProcessReport } from "tau-cli";
import { describe, expect, test, vi } from "vitest";
import { isAlive } from "./run-tau.ts";
import { saying, Workplace } from "./workplace.ts";

async function openPlace({ inSetup = "" } = {}) {
  const place = new Workplace();
  place.write("voice.ts", saying("first", { inSetup }));
  return place;
}

describe("list", () => {
  test("shows each extension with its state, isolation, version, uptime, restarts, calls and memory", async () => {
    await using place = await openPlace();
    const { child } = await place.watchCall();
    const { exitCode, stdout } = await place.run("ext", "list");
    expect(stdout).toContain(`tau call say  pid ${child.pid}  ${place.folder}\n`);
    expect(stdout).toMatch(/\n {2}extension +state +isolation +version +uptime +restarts +calls +memory\n/);
    expect(stdout).toMatch(/\n {2}voice +ready +process +1 +\d+ (ms|s) +0 +1 +(\d+ MiB|-)\n/);
    expect(exitCode).toBe(0);
  });

  test("shows the last error on one line, with its place", async () => {
    await using place = await openPlace();
    const running = await place.watchCall();
    const file = place.write("voice.ts", saying("second", { inTool: "const oops = ;" }));
    await running.untilNoted(/kept the old version/);
    const { stdout } = await place.run("ext", "list");
    expect(stdout).toContain(`\n    last error: ${file}:10:20: Unexpected ";"\n`);
  });

  test("--json has everything, for programs", async () => {
    await using place = await openPlace();
    const { child } = await place.watchCall();
    const { stdout } = await place.run("ext", "list", "--json");
    const reports = JSON.parse(stdout) as ProcessReport[];
    expect(reports).toMatchObject([
      {
        protocol: 1,
        pid: child.pid,
        cwd: place.folder,
        title: "tau call say",
        extensions: [
          {
            id: "voice",
            state: "ready",
            isolation: "process",
            generation: 1,
            tools: ["say"],
            restarts: 0,
            calls: 1,
            error: null,
          },
        ],
      },
    ]);
    expect(place.pids).toContain(reports[0]?.extensions[0]?.pid);
  });

  test("shows the extensions of several processes, by process", async () => {
    await using place = await openPlace();
    place.write("choir.ts", saying("all"));
    const [one, two] = await Promise.all([place.watchCall(), place.watchCall("choir.ts")]);
    const { stdout } = await place.run("ext", "list");
    const blocks = stdout.split("\n\n");
    expect(blocks).toHaveLength(2);
    expect(blocks.find((block) => block.includes(`pid ${one.child.pid}`))).toContain("\n  voice ");
    expect(blocks.find((block) => block.includes(`pid ${two.child.pid}`))).toContain("\n  choir ");
  });

  test("answers while an extension never looks up", async () => {
    await using place = await openPlace();
    place.write("voice.ts", saying("never", { inTool: 'ctx.progress("spinning"); for (;;);' }));
    const running = place.start("call", "say", "-e", "voice.ts", "--watch");
    await running.untilNoted(/Watching/);
    const { exitCode, stdout } = await place.run("ext", "list");
    expect(stdout).toMatch(/\n {2}voice +ready +process +1 /);
    expect(exitCode).toBe(0);
  });
});

describe("where nobody is there", () => {
  test.each([["list"], ["reload", "voice"], ["enable", "voice"], ["logs", "voice"]])(
    "%s says so, and how to start somebody",
    async (...args) => {
      await using place = await openPlace();
      const { exitCode, stdout, stderr } = await place.run("ext", ...args);
      expect(stderr).toBe(
        "error: No tau process that runs extensions is there. Start one that stays: tau call <tool> -e ./extension.ts --watch\n",
      );
      expect(stdout).toBe("");
      expect(exitCode).toBe(1);
    },
  );

  test("the socket of a process that was killed is removed", async () => {
    await using place = await openPlace();
    const { child, finished } = await place.watchCall();
    child.kill("SIGKILL");
    await finished;
    expect(place.sockets()).toHaveLength(1);
    const { exitCode, stderr } = await place.run("ext", "list");
    expect(stderr).toContain("No tau process");
    expect(exitCode).toBe(1);
    expect(place.sockets()).toEqual([]);
    await vi.waitFor(() => expect([...place.pids].filter(isAlive)).toEqual([]), { timeout: 10_000 });
  });
});

describe("reload", () => {
  test("swaps in the present source and tells the version", async () => {
    await using place = await openPlace();
    const running = await place.watchCall();
    expect(await place.run("ext", "reload", "voice")).toEqual({
      exitCode: 0,
      stdout: "voice: version 2 is ready.\n",
      stderr: "",
    });
    await running.untilNoted(/voice: reloaded, version 2/);
  });

  test("shows why there is no new version, says that the old one serves on, and exits 1", async () => {
    await using place = await openPlace();
    const running = await place.watchCall();
    const file = place.write("voice.ts", saying("second", { inTool: "const oops = ;" }));
    await running.untilNoted(/kept the old version/);
    const { exitCode, stdout, stderr } = await place.run("ext", "reload", "voice");
    expect(stderr).toMatch(/^error: .*could not be built:\n/);
    expect(stderr).toContain(`${file}:10:20: Unexpected ";"\n          const oops = ;\n`);
    expect(stderr).toMatch(/\nvoice: version 1 serves on\.\n$/);
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });

  test("Ctrl-C gives up waiting", async () => {
    const inSetup = 'if (existsSync("slow")) { console.error("slowly"); return new Promise(() => {}); }';
    await using place = await openPlace({ inSetup });
    await place.watchCall();
    const log = place.start("ext", "logs", "voice", "--follow");
    place.write("slow", "");
    const reload = place.start("ext", "reload", "voice");
    await log.untilPrinted(/slowly/);
    reload.child.kill("SIGINT");
    expect(await reload.finished).toMatchObject({ exitCode: 130, stderr: "error: Stopped by SIGINT.\n" });
  });

  test("asks for --pid where several processes have the extension, and takes it", async () => {
    await using place = await openPlace();
    const [one, two] = await Promise.all([place.watchCall(), place.watchCall()]);
    const asked = await place.run("ext", "reload", "voice");
    expect(asked.stderr).toContain("Several processes run an extension `voice`. Say which:\n");
    for (const { child } of [one, two]) expect(asked.stderr).toContain(`  --pid ${child.pid}  tau call say in `);
    expect(asked.exitCode).toBe(2);
    const told = await place.run("ext", "reload", "voice", "--pid", String(two.child.pid));
    expect(told.stdout).toBe("voice: version 2 is ready.\n");
    await two.untilNoted(/voice: reloaded, version 2/);
  });

  test("names the nearest where there is no such extension, and the processes where there is no such one", async () => {
    await using place = await openPlace();
    const { child } = await place.watchCall();
    expect(await place.run("ext", "reload", "voise")).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "error: No running extension is called `voise`. Did you mean `voice`? Try: tau ext list\n",
    });
    const { exitCode, stderr } = await place.run("ext", "reload", "voice", "--pid", "1");
    expect(stderr).toContain(`Expected a process with number 1 that runs extensions, found ${child.pid}.`);
    expect(exitCode).toBe(1);
  });
});

// They wait for times of the product's own, so they do it together, and each takes longer for it.
describe.concurrent("a process that is silent", { timeout: 60_000 }, () => {
  test("is given up on and named; others are shown all the same", async () => {
    await using place = await openPlace();
    const [stopped, other] = await Promise.all([place.watchCall(), place.watchCall()]);
    stopped.child.kill("SIGSTOP");
    const both = await place.run("ext", "list");
    expect(both.stderr).toContain(`warning: Process ${stopped.child.pid} is there and does not answer within 3000 ms.`);
    expect(both.stdout).toContain(`pid ${other.child.pid}`);
    expect(both.exitCode).toBe(0);
    other.child.kill("SIGINT");
    await other.finished;
    const one = await place.run("ext", "reload", "voice");
    expect(one.stderr).toContain("error: No process that runs extensions answers.");
    expect(one.exitCode).toBe(1);
  });

  test("is waited for while it says that it works on it", async () => {
    const inSetup = 'if (existsSync("slow")) return new Promise((resolve) => setTimeout(resolve, 4000));';
    await using place = await openPlace({ inSetup });
    await place.watchCall();
    place.write("slow", "");
    const { exitCode, stdout } = await place.run("ext", "reload", "voice");
    expect(stdout).toBe("voice: version 2 is ready.\n");
    expect(exitCode).toBe(0);
  });

  test("is given up on when it stops answering in the middle of a reload", async () => {
    const inSetup = 'if (existsSync("slow")) { console.error("slowly"); return new Promise(() => {}); }';
    await using place = await openPlace({ inSetup });
    const running = await place.watchCall();
    const log = place.start("ext", "logs", "voice", "--follow");
    place.write("slow", "");
    const reload = place.start("ext", "reload", "voice");
    await log.untilPrinted(/slowly/);
    running.child.kill("SIGSTOP");
    const { exitCode, stderr } = await reload.finished;
    expect(stderr).toContain(`error: Process ${running.child.pid} is there and does not answer`);
    expect(exitCode).toBe(1);
  });
});

describe("enable", () => {
  test("starts one again that failed, and leaves one that runs as it is", async () => {
    await using place = await openPlace({ inSetup: 'if (existsSync("broken")) throw new Error("not today");' });
    const broken = place.write("broken", "");
    const running = place.start("call", "say", "-e", "voice.ts", "--watch");
    await running.untilNoted(/Watching/);
    expect((await place.run("ext", "list")).stdout).toMatch(/\n {2}voice +failed /);

    const failed = await place.run("ext", "enable", "voice");
    expect(failed.stderr).toMatch(/^error: .*not today/);
    expect(failed.stderr).toMatch(/\nvoice: no version serves, it is failed\.\n$/);
    expect(failed.exitCode).toBe(1);

    unlinkSync(broken);
    expect((await place.run("ext", "enable", "voice")).stdout).toMatch(/^voice: version \d is ready\.\n$/);
    await place.answer(running, "first");
    expect((await place.run("ext", "enable", "voice")).stdout).toMatch(
      /^voice: nothing to do, version \d is ready\.\n$/,
    );
  });

  test("starts one again that crashed too often", async () => {
    const inSetup = 'if (existsSync("crash")) setTimeout(() => process.exit(7), 10);';
    await using place = await openPlace({ inSetup });
    const crash = place.write("crash", "");
    const running = place.start("tools", "-e", "voice.ts", "--watch");
    await running.untilNoted(/voice: crashed too often/);
    expect((await place.run("ext", "list")).stdout).toMatch(/\n {2}voice +disabled .*\n {4}last error: /);
    unlinkSync(crash);
    const { exitCode, stdout } = await place.run("ext", "enable", "voice");
    expect(stdout).toMatch(/^voice: version \d is ready\.\n$/);
    expect(exitCode).toBe(0);
  });
});

describe("logs", () => {
  const inSetup = 'console.error("to stderr"); api.log.info("to the log");';

  test("shows the last lines with time, source and level", async () => {
    await using place = await openPlace({ inSetup });
    await place.watchCall();
    const { exitCode, stdout } = await place.run("ext", "logs", "voice");
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} stderr warn {2}to stderr$/m);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} log {4}info {2}to the log$/m);
    expect(exitCode).toBe(0);
    expect((await place.run("ext", "logs", "voice", "--lines", "1")).stdout.split("\n")).toHaveLength(2);
  });

  test("--follow shows new lines as they come, and ends with the process", async () => {
    await using place = await openPlace({ inSetup });
    const running = await place.watchCall();
    const log = place.start("ext", "logs", "voice", "--follow", "--lines", "0");
    // Once the first of these lines is shown, the others must follow.
    await vi.waitFor(
      async () => {
        await place.run("ext", "reload", "voice");
        expect((await log.untilPrinted(/^[^]*$/))[0]).toContain("to the log");
      },
      { timeout: 10_000 },
    );
    place.write("voice.ts", saying("second", { inSetup: 'api.log.error("something new");' }));
    await log.untilPrinted(/log {4}error something new/);
    running.child.kill("SIGINT");
    const { exitCode, stderr } = await log.finished;
    expect(stderr).toMatch(/voice was stopped\.|Process \d+ has ended\./);
    expect(exitCode).toBe(0);
  });

  test("a reader that goes away early is no error", async () => {
    await using place = await openPlace({ inSetup });
    await place.watchCall();
    const log = place.start("ext", "logs", "voice", "--follow");
    await log.untilPrinted(/to the log/);
    log.child.stdout.destroy();
    await place.run("ext", "reload", "voice");
    expect(await log.finished).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

test("the socket and its directory are closed to everybody else", async () => {
  await using place = await openPlace();
  await place.watchCall();
  const directory = join(place.home, "run");
  expect(lstatSync(directory).mode & 0o777).toBe(0o700);
  expect(lstatSync(join(directory, place.sockets()[0] ?? "")).mode & 0o777).toBe(0o600);
});

test("a TAU_HOME with a path too long for sockets works as well", async () => {
  await using place = await openPlace();
  place.home = join(place.folder, "a-long-name-".repeat(10));
  const { child } = await place.watchCall();
  expect((await place.run("ext", "list")).stdout).toContain(`pid ${child.pid}`);
  expect(existsSync(join(place.home, "run"))).toBe(false);
});

test("tau ext without a subcommand shows what there is", async () => {
  await using place = await openPlace();
  const { exitCode, stdout } = await place.run("ext");
  expect(stdout).toMatch(/list .*\n.*reload .*\n.*enable .*\n.*grant .*\n.*build .*\n.*logs /);
  expect(exitCode).toBe(0);
});
