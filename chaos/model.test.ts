import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { until } from "../packages/host/test/support/processes.ts";
import { openWorkspace } from "../packages/host/test/support/workspace.ts";
import { print } from "./support/figures.ts";
import { type BadKind, Life } from "./support/life.ts";
import { MoveLog } from "./support/moves.ts";
import { SCENARIO_TIMEOUT_MS, sized } from "./support/size.ts";

/** Operations begun, each while those before it are still under way, unless a pause lies between. Pauses do not count. */
const OPERATIONS = sized({ full: 10_000, quick: 250 });
const RUNS = sized({ full: 2000, quick: 30 });

/** What is begun, for the model: there is nothing that could not be asked of an extension in any state. */
interface Model {
  operations: number;
}
type Lives = readonly [Life, Life, Life];

class Operation implements fc.AsyncCommand<Model, Lives> {
  readonly #text: string;
  readonly #perform: (lives: Lives) => void | Promise<void>;
  readonly #counts: boolean;

  constructor(text: string, perform: (lives: Lives) => void | Promise<void>, counts = true) {
    this.#text = text;
    this.#perform = perform;
    this.#counts = counts;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, lives: Lives): Promise<void> {
    if (this.#counts) model.operations += 1;
    await this.#perform(lives);
    expect(lives.flatMap(({ faults }) => faults)).toEqual([]);
  }

  toString(): string {
    return this.#text;
  }
}

const slot = fc.nat({ max: 2 });
const shortly = fc.nat({ max: 60 });

function on(index: number, text: string, perform: (life: Life) => void): Operation {
  return new Operation(`${text} ${index}`, (lives) => {
    const life = lives[index];
    if (life !== undefined) perform(life);
  });
}

const reload = slot.map((index) => on(index, "reload", (life) => life.reload()));
const load = slot.map((index) => on(index, "load", (life) => life.load()));
const crash = fc
  .tuple(slot, fc.constantFrom("kill", "exit"))
  .map(([index, how]) => on(index, how, (life) => life.crash(how)));
const settle = new Operation(
  "settle",
  async (lives) => void (await Promise.all(lives.map((life) => life.settle()))),
  false,
);

/** What stands here more often is done more often. */
const operations: fc.Arbitrary<Operation>[] = [
  load,
  load,
  reload,
  reload,
  reload,
  fc
    .tuple(slot, fc.constantFrom<BadKind>("syntax", "throws", "exits"))
    .map(([index, kind]) => on(index, `reload of what ${kind}`, (life) => life.reloadBad(kind))),
  fc
    .tuple(slot, fc.constantFrom("once", "again", "slow"))
    .map(([index, tool]) => on(index, `call ${tool}`, (life) => life.call(tool))),
  fc
    .tuple(slot, fc.nat({ max: 50 }))
    .map(([index, afterMs]) => on(index, `cancel after ${afterMs} ms`, (life) => life.call("slow", afterMs))),
  crash,
  crash,
  crash,
  slot.map((index) => on(index, "unload", (life) => life.unload())),
  slot.map((index) => on(index, "decide", (life) => life.decide())),
  shortly.map((ms) => new Operation(`pause ${ms} ms`, () => pause(ms), false)),
  shortly.map((ms) => new Operation(`pause ${ms} ms`, () => pause(ms), false)),
  fc.constant(settle),
];

test(
  `${OPERATIONS} operations in random order leave no state that is none, nothing unsettled and no process`,
  async () => {
    await using workspace = await openWorkspace({
      maxCrashes: 3,
      crashWindowMs: 250,
      probationMs: 60,
      drainTimeoutMs: 500,
    });
    const moves = new MoveLog();
    const errors: string[] = [];
    workspace.host.on("extension", (change) => moves.note(change));
    workspace.host.on("error", ({ code, message }) => void (code === "internal-error" && errors.push(message)));
    // The builder stays.
    const warmUp = new Life(workspace, "warm-up", Infinity);
    warmUp.load();
    await warmUp.end();
    const processes = new Set(workspace.processes());
    const begun = performance.now();
    let runs = 0;
    let done = 0;

    const property = fc.asyncProperty(fc.commands(operations, { maxCommands: 30, size: "max" }), async (commands) => {
      if (done >= OPERATIONS) return;
      runs += 1;
      const name = (index: number): string => `e${index}-run${runs}`;
      // The third one sleeps whenever it can.
      const lives: Lives = [
        new Life(workspace, name(0), Infinity),
        new Life(workspace, name(1), Infinity),
        new Life(workspace, name(2), 25),
      ];
      const model: Model = { operations: 0 };
      // Most of what can be done needs something to be there.
      for (const life of lives) life.load();
      if (runs % 2 === 0) await Promise.all(lives.map((life) => life.settle()));
      await fc.asyncModelRun(() => ({ model, real: lives }), commands);
      await Promise.all(lives.map((life) => life.end()));
      done += model.operations;
      expect(lives.flatMap(({ faults }) => faults)).toEqual([]);
      expect(moves.faults).toEqual([]);
      expect(errors).toEqual([]);
      const left = (): number[] => workspace.processes().filter((pid) => !processes.has(pid));
      await until("no process to be left", () => left().length === 0, 3000).catch((error: unknown) => {
        throw new Error(`Still there: ${left().map(describeProcess).join("; ")}`, { cause: error });
      });
    });
    // Smaller examples would be other examples: what takes time never takes it twice.
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });

    const seconds = (performance.now() - begun) / 1000;
    print("model", { operations: done, runs, seconds, "operations per second": done / seconds });
    print("states seen", Object.fromEntries(moves.seen));
    expect(done).toBeGreaterThan(OPERATIONS / 2);
  },
  SCENARIO_TIMEOUT_MS,
);

function describeProcess(pid: number): string {
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, "latin1").replaceAll("\0", " ");
  return `${pid} ${read("cmdline")} ${/TAU_PROCESS=\S+/.exec(read("environ"))?.[0]} ${read("stat")}`;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
