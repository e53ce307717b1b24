import { isTauError, type TauError } from "tau-host";
import { expect, test } from "vitest";
import { openWorkspace, type Workspace } from "../packages/host/test/support/workspace.ts";
import { print, quantile } from "./support/figures.ts";
import { SCENARIO_TIMEOUT_MS, sized } from "./support/size.ts";

const CRASHES = sized({ full: 200, quick: 12 });
const CALLERS = 6;

/** Blocks a word that only the gate knows, and works for a few milliseconds, so that there are always calls in flight. */
function source(version: number): string {
  return `
    import { ToolResult } from "tau-ext";
    const later = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
    const tool = { description: "", parameters: { type: "object", properties: { text: { type: "string" } } } };
    const execute = async ({ text }) => { await later(); return ToolResult.text(text + " by ${version}"); };
    export default (api) => {
      api.registerTool({ ...tool, name: "once", execute });
      api.registerTool({ ...tool, name: "again", idempotent: true, execute });
      api.registerTool({ ...tool, name: "exit", execute: () => process.exit(1) });
      api.registerTool({ ...tool, name: "throw-later", execute: () => { setTimeout(() => { throw new Error("stray"); }, 1); return later(); } });
      api.on("tool_call", async ({ input }) => { await later(); if (input.forbidden) return { block: "the gate said no" }; });
    };`;
}

/** Ways to end an extension, at a moment that nothing is timed by. */
const WAYS: readonly ((crasher: Crasher) => Promise<void>)[] = [
  async (crasher) => crasher.kill(),
  async ({ workspace }) => void (await workspace.call("exit").catch(() => undefined)),
  async ({ workspace }) => void (await workspace.call("throw-later").catch(() => undefined)),
  // While the next version is being started, and just when it takes over.
  async (crasher) => {
    const reloading = crasher.reload();
    await pause(Math.random() * 80);
    crasher.kill();
    await reloading;
  },
  async (crasher) => {
    await crasher.reload();
    crasher.kill();
  },
  // While the restart after a crash is under way, which is then a crash of its own or none.
  async (crasher) => {
    crasher.kill();
    await pause(20 + Math.random() * 120);
    crasher.killAll();
  },
  // With a reload asked for while it restarts.
  async (crasher) => {
    crasher.kill();
    await pause(Math.random() * 80);
    await crasher.reload();
  },
];

class Crasher {
  readonly workspace: Workspace;
  #others: readonly number[] = [];
  #version = 1;
  readonly #edit: (text: string) => void;

  constructor(workspace: Workspace, edit: (text: string) => void) {
    this.workspace = workspace;
    this.#edit = edit;
  }

  get info(): ReturnType<Workspace["host"]["extensions"]>[number] {
    const info = this.workspace.host.extensions().find(({ id }) => id === "edited");
    if (info === undefined) throw new Error("Expected the extension to be loaded.");
    return info;
  }

  /** The version that serves, if one does at the moment. */
  kill(): void {
    if (this.info.pid !== undefined) killHard(this.info.pid);
  }

  /** Every process but the launcher, the builder and the neighbour: versions that start, and old ones. */
  killAll(): void {
    const spared = new Set(this.#others);
    for (const pid of this.workspace.processes()) if (!spared.has(pid)) killHard(pid);
  }

  /** May fail: the new version is killed too, sometimes. */
  async reload(): Promise<void> {
    this.#version += 1;
    this.#edit(source(this.#version));
    await this.workspace.host.reload("edited").catch((error: unknown) => {
      if (!isTauError(error)) throw error;
    });
  }

  /** What runs before the extension is loaded stays. */
  spare(pids: readonly number[]): void {
    this.#others = pids;
  }
}

interface Outcomes {
  answered: Record<"once" | "again", number>;
  failed: Record<"once" | "again", TauError[]>;
  decided: { action: string; reason?: string; forbidden: boolean }[];
}

function startTraffic(workspace: Workspace): { outcomes: Outcomes; stop: () => Promise<void> } {
  let over = false;
  const outcomes: Outcomes = { answered: { once: 0, again: 0 }, failed: { once: [], again: [] }, decided: [] };
  const callOnce = async (tool: "once" | "again", text: string): Promise<void> => {
    try {
      const answer = await workspace.ask(tool, { text }, { timeoutMs: 60_000 });
      if (!answer.startsWith(`${text} by `)) throw new Error(`Expected the answer to ${text}, got ${answer}.`);
      outcomes.answered[tool] += 1;
    } catch (error) {
      if (!isTauError(error)) throw error;
      outcomes.failed[tool].push(error);
    }
  };
  const decideOnce = async (forbidden: boolean): Promise<void> => {
    const payload = { toolCallId: "1", toolName: "bash", input: { forbidden } };
    const decision = await workspace.host.decide("tool_call", payload);
    const reason = decision.action === "block" ? { reason: decision.reason } : {};
    outcomes.decided.push({ action: decision.action, forbidden, ...reason });
  };
  const running = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let count = 0; !over; count++) {
      if (caller % 3 === 2) await decideOnce(count % 2 === 0);
      else await callOnce(caller % 3 === 0 ? "once" : "again", `${caller}.${count}`);
    }
  });
  const stop = async (): Promise<void> => {
    over = true;
    await Promise.all(running);
  };
  return { outcomes, stop };
}

test(
  `${CRASHES} crashes leave no call without an answer and no gate open`,
  async () => {
    // A window of a millisecond: each crash is the first one, and the extension comes back every time.
    await using workspace = await openWorkspace({ maxCrashes: 1000, crashWindowMs: 1, probationMs: 50 });
    const path = workspace.write("edited.mjs", source(0));
    // The builder is one of those that stay.
    await workspace.load(path, { id: "warm-up" });
    await workspace.host.unload("warm-up");
    const crasher = new Crasher(workspace, (text) => void workspace.write("edited.mjs", text));
    crasher.spare(workspace.processes());
    await workspace.load(path, { id: "edited" });
    const { outcomes, stop } = startTraffic(workspace);
    const recoveries: number[] = [];

    for (let count = 0; count < CRASHES; count++) {
      await pause(Math.random() * 60);
      await WAYS[count % WAYS.length]?.(crasher);
      const start = performance.now();
      expect(await workspace.ask("again", { text: "back" }, { timeoutMs: 30_000 })).toMatch(/^back by /);
      // Only of those that certainly leave nothing serving.
      if (count % WAYS.length < 3) recoveries.push(performance.now() - start);
    }
    await stop();

    expect(crasher.info.state).toBe("ready");
    // A second run is harmless, so a crash is no answer. Two crashes under one call are: it is tried again once.
    const twice = outcomes.failed.again.filter(({ code }) => code === "extension-crashed");
    expect(outcomes.failed.again).toEqual(twice);
    expect(twice.length).toBeLessThanOrEqual(Math.max(2, CRASHES * 0.05));
    for (const error of outcomes.failed.once) {
      expect(error).toMatchObject({ code: "extension-crashed", executed: "maybe", extensionId: "edited" });
    }
    const opened = outcomes.decided.filter(({ action, forbidden }) => forbidden && action !== "block");
    expect(opened).toEqual([]);
    const refused = outcomes.decided.filter(({ reason, forbidden }) => forbidden && reason === "the gate said no");
    const failed = outcomes.decided.filter(({ reason }) => reason !== undefined && reason !== "the gate said no");
    expect(refused.length).toBeGreaterThan(0);
    print("crashes", {
      crashes: CRASHES,
      "calls answered": outcomes.answered.once + outcomes.answered.again,
      "calls that may have run": outcomes.failed.once.length,
      "idempotent calls that met two crashes": twice.length,
      "decisions by the gate": outcomes.decided.length - failed.length,
      "decisions blocked because the gate was gone": failed.length,
      "crash to next answer p50 ms": quantile(recoveries, 0.5),
      "p99 ms": quantile(recoveries, 0.99),
      longest: quantile(recoveries, 1),
    });
  },
  SCENARIO_TIMEOUT_MS,
);

function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
