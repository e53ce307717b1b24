import { CPU_WINDOW_MS, type ProcessUsage } from "./limits.ts";
import { MS_PER_TICK, readMemory } from "./proc.ts";
import type { ProcessTree } from "./process-tree.ts";

interface Reading {
  at: number;
  cpuMs: number;
}

/** What a tree uses, and how its use of processors went lately. */
export class UsageMeter {
  readonly #tree: ProcessTree;
  #cpuMs = 0;
  /** Of the last `CPU_WINDOW_MS`, and the one before. */
  #readings: Reading[] = [];

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  /** Of the members that the census found last. */
  measure(): ProcessUsage {
    const { members } = this.#tree;
    const cpuMs = members.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) * MS_PER_TICK;
    // The time of a child that nobody waited for ends with it; what was seen of it counts until the others exceed it.
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
    const memoryBytes = members.reduce((sum, { pid }) => sum + (readMemory(pid) ?? 0), 0);
    const threads = members.reduce((sum, member) => sum + member.threads, 0);
    return { memoryBytes, cpuMs: this.#cpuMs, processes: members.length, threads };
  }

  note(at: number, cpuMs: number): void {
    this.#readings.push({ at, cpuMs });
    while ((this.#readings[1]?.at ?? at) <= at - CPU_WINDOW_MS) this.#readings.shift();
  }

  /** Of one processor, over the last `windowMs` at least. `undefined` until it has been watched for that long. */
  cpuPercent(windowMs: number): number | undefined {
    const last = this.#readings.at(-1);
    if (last === undefined) return undefined;
    const first = this.#readings.findLast(({ at }) => at <= last.at - windowMs);
    return first === undefined ? undefined : ((last.cpuMs - first.cpuMs) / (last.at - first.at)) * 100;
  }
}
