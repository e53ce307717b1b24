import { readFileSync, symlinkSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import type { Permissions } from "tau-host";
import { describe, expect, test } from "vitest";
import { livingProcesses } from "./support/processes.ts";
import { missingSandbox } from "./support/sandbox.ts";
import { errorOf, openWorkspace, raw, type Workspace } from "./support/workspace.ts";

if (missingSandbox !== undefined) console.warn(`The tests of floods in a sandbox are skipped: ${missingSandbox}`);

/** Crashed extensions are started again, at once: the next call has to be answered. */
const OPTIONS = { maxCrashes: 100, random: () => 0, cancelGraceMs: 100 };

async function open(permissions: Permissions = {}, isolation: "process" | "sandbox" = "sandbox"): Promise<Workspace> {
  const workspace = await openWorkspace(OPTIONS);
  const confined = isolation === "sandbox" ? { permissions } : {};
  await workspace.load(workspace.copy("hogs.mjs"), { id: "hogs", isolation, ...confined });
  return workspace;
}

async function expectNextAnswered(workspace: Workspace): Promise<void> {
  await workspace.expectNeighbour();
  expect(Number(await workspace.ask("alive", {}, { timeoutMs: 30_000 }))).toBeGreaterThan(0);
}

describe.skipIf(missingSandbox !== undefined)("a sandboxed extension", { timeout: 60_000 }, () => {
  test("that never stops computing is ended when its call is given up, and the next one is answered", async () => {
    await using workspace = await open();
    const deeds = ["loop for ever", "loop over promises", "match backwards", "write a long number"];
    for (const deed of [...deeds, "reverse without end"]) {
      const ended = workspace.next(
        "extension",
        ({ extensionId, error }) => extensionId === "hogs" && error !== undefined,
      );
      const error = await errorOf(workspace.ask("do", { deed }, { timeoutMs: 300 }));
      expect(error, deed).toMatchObject({ code: "timed-out" });
      await workspace.expectNeighbour();
      await ended;
      await expectNextAnswered(workspace);
    }
  });

  test.each(["fill the heap", "fill buffers", "grow memory of WASM", "double a text"])(
    "that would %s is ended, and the next call is answered",
    async (deed) => {
      await using workspace = await open({ limits: { memoryMb: 256 } });
      const error = await errorOf(workspace.ask("do", { deed }, { timeoutMs: 30_000 }));
      expect(error.code).toMatch(/^extension-(?:killed|crashed)$|^tool-failed$/);
      await expectNextAnswered(workspace);
    },
  );

  test.each(["exit", "abort"])("that would %s ends itself and nobody else", async (deed) => {
    await using workspace = await open();
    expect(await errorOf(workspace.ask("do", { deed }))).toMatchObject({ code: "extension-crashed" });
    await expectNextAnswered(workspace);
  });

  test("that recurses without end fails its call, and lives", async () => {
    await using workspace = await open();
    const pid = await workspace.ask("alive");
    await expect(workspace.ask("do", { deed: "recurse" })).rejects.toThrow("Maximum call stack size exceeded");
    expect(await workspace.ask("alive")).toBe(pid);
  });

  test.each(["fill /tmp", "fill /dev/shm"])("may not %s for ever: there is little, and it is its own", async (deed) => {
    await using free = await open({}, "process");
    expect(await free.ask("do", { deed })).toMatch(/MiB$/);
    await using workspace = await open();
    await expect(workspace.ask("do", { deed })).rejects.toThrow("ENOSPC");
    await expectNextAnswered(workspace);
  });

  test("that bombs with processes is ended to the last one", async () => {
    await using workspace = await open({ programs: ["sh", "sleep"], limits: { processes: 40 } });
    const error = await errorOf(workspace.ask("do", { deed: "bomb with processes" }));
    expect(error).toMatchObject({ code: "extension-killed", message: expect.stringContaining("processes") as string });
    await expectNextAnswered(workspace);
  });

  test("that bombs with threads is ended, with figures", async () => {
    await using workspace = await openWorkspace(OPTIONS);
    const lines = [
      "import asyncio, threading, time",
      "async def setup(api):",
      '    @api.tool(description="d")',
      "    async def start(count: int, stay: bool = False) -> str:",
      "        threading.stack_size(65536)",
      "        for _ in range(count):",
      "            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
      "        if stay:",
      "            await asyncio.sleep(1000)",
      "        return str(threading.active_count())",
    ];
    const path = workspace.write("threads.py", lines.join("\n"));
    await workspace.load(path, { id: "threads", isolation: "sandbox", permissions: { limits: { processes: 4 } } });
    expect(Number(await workspace.ask("start", { count: 20 }))).toBeGreaterThan(20);
    const error = await errorOf(workspace.ask("start", { count: 2000, stay: true }));
    expect(error).toMatchObject({ code: "extension-killed", message: expect.stringContaining("threads") as string });
  });

  test("leaves no process behind, whatever it has cleared and left", async () => {
    const name = String(100_000 + process.pid);
    const left = (): number[] => livingProcesses().filter((pid) => commandLine(pid) === `sleep\0${name}\0`);
    const workspace = await open({ programs: ["sleep"] });
    await workspace.ask("do", { deed: "leave a process", name });
    expect(left()).toHaveLength(1);
    await workspace[Symbol.asyncDispose]();
    expect(left()).toEqual([]);
  });

  test("that asks the host without end is answered or refused, and nobody waits for it", async () => {
    await using workspace = await open();
    const asking = workspace.ask("ask_much", { times: 50_000 });
    await workspace.expectNeighbour();
    expect(Number(await asking)).toBeGreaterThan(0);
    await expectNextAnswered(workspace);
  });

  test("that asks and reads nothing is ended before its answers fill the host", async () => {
    await using workspace = await openWorkspace();
    const command = [process.execPath, workspace.copy("unread.mjs")];
    await workspace.load({ command }, { id: "unread", isolation: "sandbox" });
    const error = await errorOf(workspace.ask("ask_only", {}, { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ code: "extension-killed", extensionId: "unread" });
    // It asked for 4000.
    const [, mib] = /it asks and does not read, (\d+) MiB of answers wait/.exec(error.message) ?? [];
    expect(Number(mib)).toBeGreaterThan(200);
    expect(Number(mib)).toBeLessThan(300);
  });

  test.each<[string, string]>([
    ["twice", "first"],
    ["unknown-id", "mine"],
    ["odd-id", "mine"],
    ["junk", "after"],
    ["big-junk", "after"],
  ])("that answers %s is heard once, and for its own calls", async (deed, answer) => {
    await using workspace = await openWorkspace();
    await workspace.load(raw(), { id: "raw", isolation: "sandbox" });
    expect(await workspace.ask("raw", { do: deed })).toBe(answer);
    expect(await workspace.ask("raw", { text: "alive" })).toBe("alive");
  });

  test.each([
    [
      "index.ts",
      'import "./endless.ts";\nexport default () => {};',
      "Does an import lead to something without an end?",
    ],
    ["index.py", "import endless\ndef setup(api):\n    pass", "built of its own files"],
  ])(
    "in %s that imports something without an end is not built, and takes no memory for it",
    async (name, text, said) => {
      await using workspace = await openWorkspace();
      const path = workspace.write(`own/${name}`, text);
      symlinkSync("/dev/zero", join(dirname(path), `endless${extname(name)}`));
      const error = await errorOf(workspace.host.load(path, { id: "endless", isolation: "sandbox" }));
      expect(error.message).toContain(said);
      await workspace.expectNeighbour();
    },
  );

  test("whose source has become a pipe costs the host no thread: its reload fails at once", async () => {
    await using workspace = await openWorkspace();
    const path = workspace.copy("hogs.mjs", "own/hogs.mjs");
    const permissions = { files: { write: [dirname(path)] }, programs: ["mkfifo"] };
    await workspace.load(path, { id: "hogs", isolation: "sandbox", permissions });
    await workspace.ask("do", { deed: "become a pipe", path, mkfifo: "mkfifo" });
    for (let times = 0; times < 6; times++) {
      await expect(workspace.host.reload("hogs")).rejects.toMatchObject({ code: "source-unsupported" });
    }
    expect(await workspace.ask("alive")).not.toBe("");
  });
});

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
