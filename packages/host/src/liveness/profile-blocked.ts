import { pathToFileURL } from "node:url";
import type { Clock } from "tau-rpc";
import { runnerFolder, runnerPath } from "../runner-path.ts";
import { settlesWithin } from "../settles-within.ts";
import { findHotFrames, type HotFrames, type ProfileNode } from "./hot-frames.ts";
import { connectInspector, type InspectorClient } from "./inspector-client.ts";
import { type ProcessFacts, type Snapshot, takeSnapshot, watchProcess } from "./process-facts.ts";
import { readSources } from "./sources.ts";

export interface BlockedProcess {
  pid: number;
  /** Whether it is Node, started with `PROFILABLE_FLAGS`. SIGUSR1 ends most other programs. */
  isNode: boolean;
  /** Whether it prints where it is at SIGUSR1, as extensions in Python and Rust do. @default false */
  printsStack?: boolean;
  /** What it runs, with a source map beside it. */
  bundle?: string | undefined;
  /** The next line of its stderr that matches. `undefined` when the time is over, or the output. */
  nextStderrMatch: (pattern: RegExp, timeoutMs: number) => Promise<RegExpExecArray | undefined>;
  clock: Clock;
}

/** What could be found out about a process that does not answer. */
export interface BlockedReport {
  isNode: boolean;
  /** Absent where no profile could be made: it is blocked outside JavaScript, or is not Node. */
  hot: HotFrames | undefined;
  /** Absent where the operating system does not tell. */
  facts: ProcessFacts | undefined;
}

const ADDRESS = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d{1,5}\/[0-9a-f-]{36})$/;

/** The first line of what a Rust extension prints then. */
const STACK = /^(In thread `|No thread is in code of )/;
/** As long as the extension itself waits for that at its own end. */
const STACK_TIMEOUT_MS = 2000;

/** Once from within JavaScript, once from the event loop. */
const MAX_OPENINGS = 2;
/** Node answers within a few milliseconds wherever JavaScript runs, also in a loop. */
const START_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 300;
/** Nobody waits for it then. */
const LATE_CONNECT_TIMEOUT_MS = 5000;
const SAMPLE_MS = 300;
const SAMPLE_INTERVAL_US = 1000;
const WORK_TIMEOUT_MS = 2 * SAMPLE_MS;
const CLOSE_TIMEOUT_MS = 300;

/** Looks into one process that does not answer. */
export class BlockedProfiler {
  readonly #process: BlockedProcess;
  /** It was asked for an inspector and has not opened it yet. */
  #awaitsInspector = false;
  /** Takes the address of the next inspector. Without it, nobody needs one. */
  #useInspector: ((url: string) => void) | undefined;
  #guarded = false;
  /** How often an inspector may still open for what was asked: whoever prints more addresses makes them up. */
  #openings = 0;

  constructor(process: BlockedProcess) {
    this.#process = process;
  }

  /** Takes less than a second. Never rejects. */
  async profile(): Promise<BlockedReport> {
    const { pid, isNode, printsStack = false, clock } = this.#process;
    const before = await takeSnapshot(pid, clock);
    // Into its stderr, from where it reaches the log and the tail of every error.
    if (printsStack && this.#maySignal(before)) this.#askForStack();
    const [hot, facts] = await Promise.all([
      this.#mayProfile(before) ? this.#findHotFrames() : undefined,
      before === undefined ? undefined : watchProcess(before, SAMPLE_MS, clock),
    ]);
    return { isNode, hot, facts };
  }

  /** Where it is, into its stderr. Resolves when a Rust extension has printed it, at the latest after two seconds. Never rejects. */
  async printStack(): Promise<void> {
    const { pid, clock, nextStderrMatch } = this.#process;
    if (!this.#maySignal(await takeSnapshot(pid, clock))) return;
    const printed = nextStderrMatch(STACK, STACK_TIMEOUT_MS);
    this.#askForStack();
    await printed;
  }

  #askForStack(): void {
    try {
      process.kill(this.#process.pid, "SIGUSR1");
    } catch {
      // It has ended meanwhile.
    }
  }

  #mayProfile(snapshot: Snapshot | undefined): boolean {
    return this.#process.isNode && !this.#awaitsInspector && this.#maySignal(snapshot);
  }

  /** A signal to a process that is stopped would wait for it, and one that nobody handles would end it. */
  #maySignal(snapshot: Snapshot | undefined): boolean {
    // Without /proc nothing speaks against it.
    return snapshot === undefined || (snapshot.handlesUserSignal && !["T", "t", "Z", "X"].includes(snapshot.state));
  }

  async #findHotFrames(): Promise<HotFrames | undefined> {
    try {
      const nodes = await this.#sample();
      if (nodes === undefined) return undefined;
      const own = pathToFileURL(`${runnerFolder(runnerPath())}/`).href;
      const sources = await readSources(this.#process.bundle);
      return findHotFrames({ nodes, sources, isOwn: (url) => url.startsWith(own) });
    } catch {
      // It ended, or went on, or is not what it says: the report says what else is known, and that is no failure.
      return undefined;
    }
  }

  async #sample(): Promise<ProfileNode[] | undefined> {
    const { pid, clock } = this.#process;
    if (!this.#guarded) void this.#guard();
    const opened = new Promise<string>((resolve) => (this.#useInspector = resolve));
    this.#awaitsInspector = true;
    this.#openings = MAX_OPENINGS;
    process.kill(pid, "SIGUSR1");
    const inTime = await settlesWithin(opened, START_TIMEOUT_MS, clock);
    this.#useInspector = undefined;
    if (!inTime) return undefined;
    return this.#withInspector(await opened, (client) => this.#record(client), CONNECT_TIMEOUT_MS);
  }

  /**
   * Closes each inspector that no profile uses. A process that is blocked outside JavaScript opens it when it goes on. And where
   * it was opened and closed inside a loop, Node opens it once more when its event loop turns.
   */
  async #guard(): Promise<void> {
    this.#guarded = true;
    for (;;) {
      const url = (await this.#process.nextStderrMatch(ADDRESS, Infinity))?.[1];
      if (url === undefined) return;
      this.#awaitsInspector = false;
      if (this.#openings === 0) continue;
      this.#openings -= 1;
      if (this.#useInspector !== undefined) this.#useInspector(url);
      // Not awaited: the next address may come meanwhile.
      else void this.#closeUnused(url);
    }
  }

  async #closeUnused(url: string): Promise<void> {
    try {
      await this.#withInspector(url, async () => {}, LATE_CONNECT_TIMEOUT_MS);
    } catch {
      // It has ended meanwhile, and its inspector with it.
    }
  }

  async #withInspector<Result>(
    url: string,
    work: (client: InspectorClient) => Promise<Result>,
    connectTimeoutMs: number,
  ): Promise<Result> {
    const { clock } = this.#process;
    const client = await connectInspector(url, connectTimeoutMs);
    const working = work(client);
    const settled = working.then(
      () => undefined,
      () => undefined,
    );
    try {
      if (await settlesWithin(settled, WORK_TIMEOUT_MS, clock)) return await working;
      throw new Error(`The inspector did not answer within ${WORK_TIMEOUT_MS} ms.`);
    } finally {
      await closeInspector(client, clock);
    }
  }

  async #record(client: InspectorClient): Promise<ProfileNode[]> {
    const { clock } = this.#process;
    const steps = [
      client.send("Profiler.enable"),
      client.send("Profiler.setSamplingInterval", { interval: SAMPLE_INTERVAL_US }),
      client.send("Profiler.start"),
      // Functions that were inlined before the profile began would be missing from it, and their time would be their callers'.
      // This makes V8 throw its optimised code away.
      client.send("Profiler.startPreciseCoverage", { callCount: true, detailed: false }),
    ];
    await Promise.all(steps);
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, SAMPLE_MS));
    const [stopped] = await Promise.all([client.send("Profiler.stop"), client.send("Profiler.stopPreciseCoverage")]);
    return readNodes(stopped);
  }
}

/**
 * The answer never comes: the inspector ends before it. Node opens it anew at the next SIGUSR1. Whoever is stuck outside
 * JavaScript by now does as it was asked when it goes on, though nobody listens any more.
 */
async function closeInspector(client: InspectorClient, clock: Clock): Promise<void> {
  client.send("Runtime.evaluate", { expression: "process._debugEnd()", silent: true }).catch(() => undefined);
  await settlesWithin(client.ended, CLOSE_TIMEOUT_MS, clock);
  client.hangUp();
}

/** @throws Error for what V8 would not say: the extension may have printed an address of its own */
function readNodes(answer: unknown): ProfileNode[] {
  const nodes: unknown = (answer as { profile?: { nodes?: unknown } } | undefined)?.profile?.nodes;
  if (Array.isArray(nodes) && nodes.every(isNode)) return nodes;
  throw new Error("Expected a CPU profile, got something else.");
}

function isNode(value: unknown): value is ProfileNode {
  const { id, callFrame, hitCount, children, positionTicks } = (value ?? {}) as Record<string, unknown>;
  const { functionName, url, lineNumber, columnNumber } = (callFrame ?? {}) as Record<string, unknown>;
  return (
    areAll("number", [id, lineNumber, columnNumber, hitCount ?? 0]) &&
    areAll("string", [functionName, url]) &&
    (children === undefined || (Array.isArray(children) && areAll("number", children))) &&
    (positionTicks === undefined || (Array.isArray(positionTicks) && positionTicks.every(isPosition)))
  );
}

function isPosition(value: unknown): boolean {
  const { line, ticks } = (value ?? {}) as Record<string, unknown>;
  return areAll("number", [line, ticks]);
}

function areAll(type: "number" | "string", values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === type);
}
