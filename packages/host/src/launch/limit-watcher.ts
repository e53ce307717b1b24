import type { Clock, Timer } from "tau-rpc";
import type { Census } from "./census.ts";
import { holdGroup, releaseGroup } from "./kill-tree.ts";
import { CPU_WINDOW_MS, type Excess, findExcess, type ProcessUsage, type ResourceLimits } from "./limits.ts";
import { TreePriority } from "./priority.ts";
import { type ProcessActivity, readActivity } from "./proc.ts";
import type { ProcessTree } from "./process-tree.ts";
import { UsageMeter } from "./usage-meter.ts";

export interface WatchOptions {
  tree: ProcessTree;
  limits: ResourceLimits;
  /** Once, with the first limit that was exceeded. */
  onExcess: (excess: Excess) => void;
}

interface Watched extends WatchOptions {
  meter: UsageMeter;
  priority: TreePriority;
  exceeded: boolean;
}

/** How often it is asked whether many processes were started. That costs 9 µs, and a bomb doubles every few milliseconds. */
const TICK_MS = 100;
/** More new pids than this between two ticks, on the whole machine, and trees are measured at once. */
const MANY_PROCESSES = 32;
/** More new threads than this on the whole machine since trees were measured are taken for a bomb until looked at. */
const BOMB_THREADS = 200;
/** Of how many new processes it is asked whose they are, and how often of those that began meanwhile. */
const MOST_NEW_PIDS = 1000;
const HOLD_ROUNDS = 3;
/** A bomb of sessions leaves the launcher little of the processors' time: then the count itself is the better use of it. */
const HOLD_BUDGET_MS = 100;
const SHORTEST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 1000;
/** No process fills memory faster: the kernel has to clear it first. */
const FASTEST_GROWTH_BYTES_PER_MS = 2 * 1024 ** 2;

/**
 * Over how long a tree has to be busy before it yields, in milliseconds, and in per cent of one processor: a loop that has to
 * share its processors, when it matters most, gets little of one.
 */
const BUSY_WINDOW_MS = 3000;
const BUSY_PERCENT = 25;
const CALM_PERCENT = 10;

/**
 * Measures trees while there are any: the rarer, the further they are from their limits. Nothing is polled without one. Busy
 * trees are made to yield on the way.
 */
export class LimitWatcher {
  readonly #census: Census;
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #timer: Timer | undefined;
  #nextMeasureAt = 0;
  #before: ProcessActivity | undefined;
  /** As it was when trees were last measured. */
  #measured: ProcessActivity | undefined;

  constructor(census: Census, clock: Clock) {
    this.#census = census;
    this.#clock = clock;
  }

  /** @returns ends the watching */
  watch(options: WatchOptions): () => void {
    const watched = {
      ...options,
      meter: new UsageMeter(options.tree),
      priority: new TreePriority(),
      exceeded: false,
    };
    this.#watched.add(watched);
    // What was measured before says nothing of a tree that has just begun.
    this.#nextMeasureAt = Math.min(this.#nextMeasureAt, this.#clock.now() + SHORTEST_INTERVAL_MS);
    this.#schedule();
    return () => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      this.#clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  /** What a tree uses now. `undefined` without /proc, and for a tree that is not watched. */
  usageOf(tree: ProcessTree): ProcessUsage | undefined {
    if (!this.#census.update()) return undefined;
    for (const { tree: candidate, meter } of this.#watched) if (candidate === tree) return meter.measure();
    return undefined;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#tick()) this.#schedule();
    }, this.#pause());
  }

  #pause(): number {
    return Math.max(1, Math.min(TICK_MS, this.#nextMeasureAt - this.#clock.now()));
  }

  /** False without /proc, where there is nothing to be measured. */
  #tick(): boolean {
    const [before, now] = [this.#before, readActivity()];
    this.#before = now;
    if (now === undefined) return false;
    if (now.threads - (this.#measured ?? now).threads > BOMB_THREADS) return this.#measureHeld();
    // Less than before: the pids began again from below.
    const forked = before === undefined ? 0 : now.lastPid - before.lastPid;
    if (this.#clock.now() >= this.#nextMeasureAt || forked < 0 || forked > MANY_PROCESSES) return this.#measure();
    return true;
  }

  /**
   * Counting takes seconds while a bomb goes off, and it grows by thousands meanwhile. So the groups of processes that are new
   * are held still first, and go on unless they are over their limits.
   */
  #measureHeld(): boolean {
    const held = new Map<number, ProcessTree>();
    let from = this.#measured?.lastPid ?? 0;
    const end = this.#clock.now() + HOLD_BUDGET_MS;
    for (let round = 0; round < HOLD_ROUNDS; round++) {
      const to = readActivity()?.lastPid ?? 0;
      for (let pid = Math.max(from + 1, to - MOST_NEW_PIDS); pid <= to && this.#clock.now() < end; pid++) {
        const found = this.#census.findTree(pid);
        if (found === undefined || held.has(found.stat.group)) continue;
        held.set(found.stat.group, found.tree);
        holdGroup(found.stat.group);
      }
      from = to;
    }
    const measured = this.#measure();
    const ending = new Set([...this.#watched].filter(({ exceeded }) => exceeded).map(({ tree }) => tree));
    for (const [group, tree] of held) if (!ending.has(tree)) releaseGroup(group);
    return measured;
  }

  /** False without /proc, where there is nothing to be measured. */
  #measure(): boolean {
    if (!this.#census.update()) return false;
    this.#measured = readActivity();
    let pause = LONGEST_INTERVAL_MS;
    for (const watched of [...this.#watched].filter(({ exceeded }) => !exceeded)) {
      const usage = watched.meter.measure();
      watched.meter.note(this.#clock.now(), usage.cpuMs);
      this.#check(watched, usage);
      this.#balance(watched);
      const spare = (watched.limits.memoryBytes ?? Number.POSITIVE_INFINITY) - usage.memoryBytes;
      pause = Math.min(pause, spare / FASTEST_GROWTH_BYTES_PER_MS);
    }
    this.#nextMeasureAt = this.#clock.now() + Math.max(SHORTEST_INTERVAL_MS, pause);
    return true;
  }

  #check(watched: Watched, usage: ProcessUsage): void {
    const excess = findExcess(watched.limits, usage, watched.meter.cpuPercent(CPU_WINDOW_MS));
    if (excess === undefined) return;
    watched.exceeded = true;
    watched.onExcess(excess);
  }

  /** So that an endless loop does not cost the others their answers, on a machine with two processors. */
  #balance({ tree, meter, priority }: Watched): void {
    const percent = meter.cpuPercent(BUSY_WINDOW_MS);
    if (percent === undefined) return;
    if (percent > BUSY_PERCENT || (priority.isLow && percent > CALM_PERCENT)) priority.lower(tree.members);
    else if (priority.isLow) priority.restore(tree.members);
  }
}
