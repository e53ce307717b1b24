import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds of the machine. */
export interface Gauges {
  threads: number;
  descriptors: number;
  /** In MiB. */
  residentMib: number;
}

/** What a living process holds now. */
export function gaugesOf(pid: number): Gauges {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return {
    threads: readdirSync(`/proc/${pid}/task`).length,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    residentMib: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024,
  };
}

/** This process's heap without garbage, in MiB. The resident size would count what the collector only has not given back. */
export async function liveHeapMib(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round++) {
    collect();
    // Finalizers run between collections.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / 1024 ** 2;
}
