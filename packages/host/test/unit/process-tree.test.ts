import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { Census } from "../../src/launch/census.ts";
import { killLaunchedBy, killTree } from "../../src/launch/kill-tree.ts";
import { LimitMarks } from "../../src/launch/limit-mark.ts";
import { readActivity, readStat } from "../../src/launch/proc.ts";
import { carriesLauncher, carriesToken, ProcessTree } from "../../src/launch/process-tree.ts";
import { isAlive, until, untilMarked } from "../support/processes.ts";

const started: number[] = [];

afterEach(async () => {
  for (const pid of started.splice(0)) {
    if (!isAlive(pid)) continue;
    const { census, tree } = familyOf(pid);
    await killTree(census, tree);
  }
});

function launch(command: string, args: string[], token?: string): number {
  const { PATH } = process.env;
  const env = { PATH, ...(token === undefined ? {} : { TAU_PROCESS: token }) };
  const child = spawn(command, args, { env, stdio: "ignore", detached: true });
  const pid = child.pid ?? 0;
  started.push(pid);
  untilMarked(pid);
  return pid;
}

function launchSleep(token?: string): number {
  return launch("sleep", ["1000"], token);
}

function follow(tree: ProcessTree): () => number[] {
  const census = new Census(() => performance.now());
  census.add(tree);
  return () => {
    census.update();
    return tree.members.map(({ pid }) => pid).sort((a, b) => a - b);
  };
}

function followToken(token: string): () => number[] {
  return follow(new ProcessTree({ carries: (marks) => carriesToken(token, marks) }));
}

function followRoot(rootPid: number): () => number[] {
  return follow(new ProcessTree({ rootPid, carries: () => false }));
}

/** A name as launchers have it. */
function randomName(): string {
  return Array.from({ length: 18 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
}

describe("marks", () => {
  test("a token finds exactly its own process, and a launcher's name all of them", async () => {
    const name = randomName();
    const [first, tenth, other] = [`${name}.1`, `${name}.10`, `x${name}.1`].map(launchSleep) as [
      number,
      number,
      number,
    ];
    const all = follow(new ProcessTree({ carries: (marks) => carriesLauncher(name, marks) }));
    expect(followToken(`${name}.1`)()).toEqual([first]);
    expect(all()).toEqual([first, tenth].sort((a, b) => a - b));
    expect(await killLaunchedBy([name])).toEqual([]);
    expect([first, tenth, other].map(isAlive)).toEqual([false, false, true]);
  });

  test("a process that cleared its environment and left its session is found by its limit", async () => {
    const name = randomName();
    const marks = new LimitMarks(name);
    const start = (mark: bigint | undefined): { mark: bigint | undefined; pid: number } => ({
      mark,
      pid: launchSleep(),
    });
    const [first, second] = [await marks.use(start), await marks.use(start)];
    expect(first.mark).not.toBe(second.mark);
    const firstTree = new ProcessTree({ carries: ({ realtimeLimit }) => realtimeLimit === first.mark });
    expect(follow(firstTree)()).toEqual([first.pid]);
    expect(await killLaunchedBy([name])).toEqual([]);
    expect([first.pid, second.pid].map(isAlive)).toEqual([false, false]);
  });

  test("what fails to start takes no other with it", async () => {
    // A launcher has its process for itself. Here the marks of the test before may still set this one's limit.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const marks = new LimitMarks(randomName());
    const failure = marks.use(() => {
      throw new Error("not today");
    });
    await expect(failure).rejects.toThrow("not today");
    expect(await marks.use((mark) => typeof mark)).toBe("bigint");
  });
});

describe("members", () => {
  test("children, their children, and those in sessions of their own belong to a tree", async () => {
    const root = launch("sh", ["-c", "sh -c 'sleep 1000 & sleep 1000; :' & setsid sleep 1000; :"]);
    const members = followRoot(root);
    await until("five processes", () => members().length === 5);
    expect(members()).toContain(root);
  });

  test("who was seen once stays a member when its parent, session and environment are gone", async () => {
    // The middle one ends when it is told to, and its child becomes somebody else's.
    const daemon = "setsid env -i /usr/bin/sleep 1000 & read go; exit 0";
    const child = spawn("sh", ["-c", daemon], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    const root = child.pid ?? 0;
    started.push(root);
    const members = followRoot(root);
    await until("the daemon in its own session", () => members().some((pid) => pid !== root && sessionOf(pid) === pid));
    const exited = once(child, "exit");
    child.stdin.end("\n");
    await exited;
    const [orphan = 0] = members();
    started.push(orphan);
    expect(members()).toHaveLength(1);
    expect(isAlive(orphan)).toBe(true);
  });

  test("a process that was there before the first one is never a member, whatever it carries", () => {
    const before = launchSleep("same.1");
    const until = performance.now() + 25;
    while (performance.now() < until);
    const root = launchSleep();
    const tree = new ProcessTree({ rootPid: root, carries: (marks) => carriesToken("same.1", marks) });
    expect(follow(tree)()).toEqual([root]);
    expect(isAlive(before)).toBe(true);
  });

  test("strangers are remembered, and still a new process with the mark is found", () => {
    const name = randomName();
    const members = followToken(`${name}.1`);
    expect(members()).toEqual([]);
    const pid = launchSleep(`${name}.1`);
    expect(members()).toEqual([pid]);
    expect(members()).toEqual([pid]);
  });
});

describe("killing", () => {
  // Each doubles, to 255 processes: what is to end it may fail, and a whole machine has a limit too.
  const pipes = 'f() { [ "$1" -gt 7 ] && exec sleep 1000; sleep 0.01; f $(($1 + 1)) | f $(($1 + 1)) & wait; }; f 1';
  const sessions =
    '[ "$D" -gt 7 ] && exec sleep 1000; export D=$((D + 1)); sleep 0.1; setsid bash -c "$B" & setsid bash -c "$B" & wait';

  test.for([
    ["one group", pipes],
    ["sessions of their own", `export D=1 B='${sessions}'; bash -c "$B"`],
  ])("a bomb of processes in %s is ended to the last", async ([, script]) => {
    const before = readActivity()?.threads ?? 0;
    const root = launch("bash", ["-c", String(script)]);
    const { census, tree } = familyOf(root);
    // Without a look at the bomb itself: that takes long, and it grows meanwhile.
    await until("a hundred processes", () => (readActivity()?.threads ?? 0) > before + 100, 10_000);
    expect(await killTree(census, tree)).toEqual([]);
    census.update();
    expect(tree.members).toEqual([]);
  });

  test("a stopped process is ended too", async () => {
    const root = launchSleep();
    process.kill(root, "SIGSTOP");
    const { census, tree } = familyOf(root);
    expect(await killTree(census, tree)).toEqual([]);
    expect(isAlive(root)).toBe(false);
  });
});

/** The tree of a process without marks, and the census that knows it. */
function familyOf(rootPid: number): { census: Census; tree: ProcessTree } {
  const census = new Census(() => performance.now());
  const tree = new ProcessTree({ rootPid, carries: () => false });
  census.add(tree);
  return { census, tree };
}

function sessionOf(pid: number): number | undefined {
  return readStat(pid)?.session;
}
