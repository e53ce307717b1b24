import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import type { ToolResult } from "tau-host";
import { expect, test } from "vitest";
import { isAlive, until } from "../../host/test/support/processes.ts";
import { errorOf, type Workspace } from "../../host/test/support/workspace.ts";
import { OutputLog } from "../src/bash/output-log.ts";
import { textOf, toolsOpener } from "./support/tools.ts";

const open = toolsOpener();

test("both streams come in the order in which they were written, with the exit code", async () => {
  await using workspace = await open();
  const result = await workspace.call("bash", { command: "echo 1; echo 2 >&2; echo 3; pwd; exit 3" });
  expect(textOf(result)).toBe(`1\n2\n3\n${workspace.directory}\n\n[Exit code 3]`);
  expect(result).toMatchObject({ isError: true, details: { ended: "exit", exitCode: 3 } });
});

test("a command without output says so, and a good one is no error", async () => {
  await using workspace = await open();
  expect(await workspace.call("bash", { command: "true" })).toMatchObject({
    content: [{ type: "text", text: "(no output)" }],
    details: { exitCode: 0 },
  });
});

test("there is no input to wait for", async () => {
  await using workspace = await open();
  expect(await workspace.ask("bash", { command: "cat; read x; echo read $?" })).toBe("read 1");
});

test("a syntax error is told with the line of the command", async () => {
  await using workspace = await open();
  expect(await workspace.ask("bash", { command: "echo a\nfi" })).toContain("line 2: syntax error");
});

test("colours are taken out", async () => {
  await using workspace = await open();
  expect(await workspace.ask("bash", { command: String.raw`printf '\033[31mred\033[0m'` })).toBe("red");
});

test("bells, backspaces and bytes that are no text are taken out too, tabs stay", async () => {
  await using workspace = await open();
  const text = await workspace.ask("bash", {
    command: String.raw`printf 'a\a\b\000\tb\033]0;title\007c\302\233d\377'`,
  });
  expect(text).toBe("a\tbcd\uFFFD");
});

test("output arrives while the command runs, each piece once", async () => {
  await using workspace = await open();
  const pieces: string[] = [];
  const marker = join(workspace.directory, "go");
  const onProgress = (partial: ToolResult): void => {
    pieces.push(textOf(partial));
    // It goes on when the first piece was seen.
    workspace.write("go", "");
  };
  const command = `echo first; until test -e ${marker}; do sleep 0.01; done; echo second`;
  expect(await workspace.ask("bash", { command }, { onProgress })).toBe("first\nsecond");
  expect(pieces[0]).toBe("first\n");
  expect(pieces.join("")).not.toMatch(/first[^]*first/);
});

test("long output is shown by its beginning and its end, and kept whole", async () => {
  await using workspace = await open();
  const result = await workspace.call("bash", { command: "seq 100000" });
  const { outputFile } = result.details as { outputFile: string };
  try {
    const text = textOf(result);
    expect(text.startsWith("1\n2\n3\n")).toBe(true);
    expect(text.endsWith("99999\n100000")).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(41 * 1024);
    expect(text).toContain(`left out. All of it is in ${outputFile}]`);
    expect(readFileSync(outputFile, "utf8").split("\n")).toHaveLength(100_001);
  } finally {
    rmSync(outputFile, { force: true });
  }
});

/** Runs a command that writes pids of all it started, and resolves with them. Rejects where it ends before that. */
function started(workspace: Workspace, command: string, call: { signal?: AbortSignal; timeoutSeconds?: number } = {}) {
  const { promise, resolve } = withResolvers<number[]>();
  let text = "";
  const onProgress = (partial: ToolResult): void => {
    text += textOf(partial);
    const [, pids] = /pids ([\d ]+)\n/.exec(text) ?? [];
    if (pids !== undefined) resolve(pids.trim().split(" ").map(Number));
  };
  const { timeoutSeconds, ...options } = call;
  const params = { command, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
  const result = workspace.call("bash", params, { ...options, onProgress });
  const ended = result.then((answer): never => {
    throw new Error(`Expected pids before the end, got: ${textOf(answer)}`);
  });
  return { pids: Promise.race([promise, ended]), result };
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A child, one in a session of its own, one whose parent is gone, one that ignores being asked to end. */
const FAMILY = `
  sleep 1000 & a=$!
  setsid sleep 1000 & b=$!
  c=$(setsid sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!')
  bash -c 'trap "" TERM; while :; do sleep 1000; done' & d=$!
  echo "pids $$ $a $b $c $d"
  trap "" TERM
  wait; wait; sleep 1000
`;

test("a cancelled command ends with everything it started", async () => {
  await using workspace = await open();
  const controller = new AbortController();
  const { pids, result } = started(workspace, FAMILY, { signal: controller.signal });
  const family = await pids;
  expect(family).toHaveLength(5);
  controller.abort();
  expect((await errorOf(result)).code).toBe("cancelled");
  await until("the family to be gone", () => !family.some(isAlive), 5000);
  expect(await workspace.ask("bash", { command: "echo alive" })).toBe("alive");
});

test("a command that takes too long ends with everything it started, and shows what it wrote", async () => {
  await using workspace = await open();
  const { pids, result } = started(workspace, FAMILY, { timeoutSeconds: 3 });
  const family = await pids;
  const answer = await result;
  expect(answer).toMatchObject({ isError: true, details: { ended: "timeout" } });
  expect(textOf(answer)).toMatch(/^pids [\d ]+\n\n\[Stopped after 3 s, with all it started\./);
  await until("the family to be gone", () => !family.some(isAlive), 5000);
});

test("a command ends at once where it heeds being asked", async () => {
  await using workspace = await open();
  const durations: number[] = [];
  // Whoever waits for the kill in any case takes longer each time, a busy machine now and then.
  while (durations.length < 5 && !durations.some((ms) => ms < 900)) {
    const { details } = await workspace.call("bash", { command: "sleep 1000", timeoutSeconds: 0.1 });
    expect(details).toMatchObject({ ended: "timeout", endSignal: "SIGTERM" });
    durations.push((details as { durationMs: number }).durationMs);
  }
  expect(Math.min(...durations)).toBeLessThan(900);
});

test("what goes on in the background is named, and its output kept", async () => {
  await using workspace = await open();
  const command = `(until test -e go; do sleep 0.01; done; echo later) & echo now`;
  const result = await workspace.call("bash", { command });
  const { background, outputFile } = result.details as { background: number[]; outputFile: string };
  try {
    expect(textOf(result)).toContain("now\n\n[Still running in the background: ");
    expect(background.some(isAlive)).toBe(true);
    workspace.write("go", "");
    await until("its output to arrive", () => readFileSync(outputFile, "utf8") === "now\nlater\n");
  } finally {
    rmSync(outputFile, { force: true });
  }
});

test("a flood of output costs no memory, and the command can still be ended", async () => {
  await using workspace = await open({}, { resources: { memoryBytes: 300 * 1024 * 1024 } });
  const result = await workspace.call("bash", { command: "yes", timeoutSeconds: 0.5 });
  const { outputFile, outputBytes } = result.details as { outputFile: string; outputBytes: number };
  try {
    expect(outputBytes).toBeGreaterThan(1024 * 1024);
    expect(readFileSync(outputFile).length).toBeLessThanOrEqual(64 * 1024 * 1024);
  } finally {
    rmSync(outputFile, { force: true });
  }
});

test("a command longer than the system takes is refused with another way", async () => {
  await using workspace = await open();
  expect(await workspace.ask("bash", { command: `: ${"x".repeat(200_000)}` })).toContain("Use write for a script");
});

property.prop(
  [fc.array(fc.tuple(fc.constantFrom("a", "é", "line\n", "\n"), fc.integer({ min: 1, max: 9000 })), { maxLength: 12 })],
  {
    numRuns: 40,
  },
)("the output shown is the beginning and the end of what was written, and the file has all of it", (parts) => {
  const directory = mkdtempSync(join(tmpdir(), "tau-output-"));
  try {
    const path = join(directory, "output.txt");
    const log = new OutputLog(path);
    const chunks = parts.map(([text, times]) => text.repeat(times));
    for (const chunk of chunks) log.push(Buffer.from(chunk));
    const whole = chunks.join("");
    const text = log.text();
    log.close();
    if (Buffer.byteLength(whole) <= 40 * 1024) {
      expect(text).toBe(whole.trimEnd());
      expect(log.path).toBeUndefined();
    } else {
      expect(readFileSync(path, "utf8")).toBe(whole);
      const [head = "", tail = ""] = text.split(/\n\[… .*\]\n/);
      const broken = /^\uFFFD+|\uFFFD+$/g;
      expect(whole.startsWith(head.replace(broken, ""))).toBe(true);
      expect(whole.trimEnd().endsWith(tail.replace(broken, ""))).toBe(true);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
