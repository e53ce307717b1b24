import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, fixture, openWorkspace, raw, type Workspace } from "./support/workspace.ts";

/** How often a host is killed while its extension writes. */
const KILLS = Number(process.env["TAU_CHAOS_KILLS"] ?? 15);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tau-state-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A host whose extensions' state outlives the workspace. */
function openKeeping(): Promise<Workspace> {
  return openWorkspace({ stateDir: join(directory, "state") });
}

async function ask(workspace: Workspace, scope: "user" | "session", ...call: unknown[]): Promise<unknown> {
  const [method, ...values] = call;
  return JSON.parse(await workspace.ask("ask", { scope, method, values }));
}

describe("api.state", () => {
  test("keeps values for good and for the session, over reloads and crashes (S-2)", async () => {
    await using workspace = await openKeeping();
    const { id } = await workspace.load(fixture("keeps.ts"));
    for (const scope of ["user", "session"] as const) {
      await ask(workspace, scope, "set", "k", { of: scope });
      await workspace.host.reload(id);
      expect(await ask(workspace, scope, "get", "k")).toEqual({ of: scope });
      expect(await ask(workspace, scope, "keys", "k")).toEqual(["k"]);
      await ask(workspace, scope, "delete", "k");
      expect(await ask(workspace, scope, "getEntry", "k")).toEqual({ revision: 0 });
    }
  });

  test("works in setup, and in the next host (H-3, S-3)", async () => {
    for (const starts of ["1", "2"]) {
      await using workspace = await openKeeping();
      await workspace.load(fixture("keeps.ts"));
      expect(await workspace.ask("starts")).toBe(starts);
    }
  });

  test("is not another extension's (S-1)", async () => {
    await using workspace = await openKeeping();
    await workspace.load(fixture("keeps.ts"), { id: "one" });
    await ask(workspace, "user", "set", "secret", 1);
    await workspace.host.unload("one");
    await workspace.load(fixture("keeps.ts"), { id: "other" });
    expect(await ask(workspace, "user", "keys")).toEqual(["starts"]);
  });

  test("says what is wrong with a request, and the extension goes on", async () => {
    await using workspace = await openKeeping();
    await workspace.load(fixture("keeps.ts"));
    const error = await errorOf(ask(workspace, "user", "set", "k".repeat(300), 1));
    expect(error).toMatchObject({
      code: "tool-failed",
      message: expect.stringContaining("at most 256, got 300") as string,
    });
    expect(await ask(workspace, "user", "get", "k")).toBe(null);
  });

  test("costs nothing until it is used", async () => {
    await using workspace = await openKeeping();
    for (let n = 0; n < 5; n++) await workspace.load(raw(), { id: `raw${n}` }).catch(() => undefined);
    expect(existsSync(join(directory, "state"))).toBe(false);
  });
});

describe("two host processes (S-8)", () => {
  test("add to the same number and lose nothing", async () => {
    await using one = new HostProcess("add", { times: 50 });
    await using two = new HostProcess("add", { times: 50 });
    await Promise.all([one.kept(), two.kept()]);
    one.begin();
    two.begin();
    expect(await Promise.all([one.line(), two.line()])).toEqual(["added", "added"]);
    await using last = new HostProcess();
    expect(await last.kept()).toMatchObject({ total: 100 });
  });
});

test(
  `what was answered is kept: ${KILLS} kills of a host while another one writes too (S-3)`,
  { timeout: 30_000 + KILLS * 3_000 },
  async () => {
    await using lasting = new HostProcess("fill", { prefix: "b" });
    await lasting.kept();
    lasting.begin();
    const answered = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill++) {
      await using host = new HostProcess("fill", { prefix: "a" });
      expectKept(await host.kept(), answered, kill);
      host.begin();
      // Random, so that the kills hit every step of a write; up to the size at which the log is rewritten.
      await host.killAfter(1 + Math.floor(Math.random() * 150), answered);
    }
    await lasting.killAfter(1, answered);
    await using last = new HostProcess();
    expectKept(await last.kept(), answered, KILLS + 1);
  },
);

/** Everything that was answered, whole; and of what was not, one write for each that was killed at most. */
function expectKept(kept: Record<string, unknown>, answered: Map<string, number>, kills: number): void {
  for (const [key, n] of answered) {
    if (key.startsWith("b") && kills <= KILLS) continue;
    if (key === "total") {
      expect(kept[key]).toBeGreaterThanOrEqual(n);
      continue;
    }
    const value = kept[key] as { n: number; text: string };
    expect([n, n + 1]).toContain(value.n);
    // The next one goes on from here.
    answered.set(key, value.n);
    expect(value.text === String(value.n).repeat(3000), key).toBe(true);
  }
}

class HostProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown>;
  #errors = "";
  #wake: () => void = () => {};
  #isOver = false;

  constructor(tool?: string, args?: object) {
    const call = tool === undefined ? [] : [tool, JSON.stringify(args)];
    const command = [fixture("state-host.mjs"), fixture("keeps.ts"), directory, ...call];
    this.#child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "pipe"] });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#child.stderr?.on("data", (text: Buffer) => (this.#errors += text.toString()));
    this.#ended = Promise.all([once(lines, "close"), once(this.#child, "exit")]).then(() => {
      this.#isOver = true;
      this.#wake();
    });
  }

  async line(): Promise<string> {
    while (this.#lines.length === 0) {
      if (this.#isOver) throw new Error(`Expected a line, got the end of the host.\n${this.#errors}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return String(this.#lines.shift());
  }

  /** What its extension found. */
  async kept(): Promise<Record<string, unknown>> {
    const line = await this.line();
    // A line that a killed host left unfinished: told, and no loss.
    return line.startsWith("error ") ? this.kept() : (JSON.parse(line) as Record<string, unknown>);
  }

  begin(): void {
    this.#child.stdin?.write("begin\n");
  }

  /** Kills it after so many more answered writes, and notes the last of each key, those that came before the end included. */
  async killAfter(count: number, answered: Map<string, number>): Promise<void> {
    for (let n = 0; n < count; n++) note(await this.line(), answered);
    this.#child.kill("SIGKILL");
    await this.#ended;
    for (const line of this.#lines.splice(0)) note(line, answered);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

function note(line: string, answered: Map<string, number>): void {
  const [key = "", n] = line.split(" ");
  if (key !== "error") answered.set(key, Number(n));
}
