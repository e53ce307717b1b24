import { TauError } from "tau-protocol";

/**
 * What one extension may use, all its processes together. An extension that uses more is ended, with an error that says how
 * much it was. Held on Linux only: elsewhere nothing tells what a process tree uses, and `Launched.usage()` is `undefined`.
 */
export interface ResourceLimits {
  /**
   * Memory that only it needs, in bytes: its own, what it shares between its processes (once for each), and what of both was
   * swapped out. Files such as Node's own code do not count. Infinity for no limit. @default 2147483648
   */
  memoryBytes?: number;
  /**
   * Processes at a time, the extension's own included. For each of them it may have `THREADS_PER_PROCESS` threads, in whichever of them.
   * Infinity for no limit. @default 256
   */
  processes?: number;
  /**
   * Time on processors, in per cent of one, over `CPU_WINDOW_MS`: 150 is one and a half. A busy extension yields to the
   * others without a limit, so none is needed for that. Infinity for no limit. @default Infinity
   */
  cpuPercent?: number;
}

/** What a process tree uses now. */
export interface ProcessUsage {
  /** As `ResourceLimits.memoryBytes` counts it. */
  memoryBytes: number;
  /** Processor time since its start, in milliseconds, that of ended children included once they were waited for. */
  cpuMs: number;
  processes: number;
  threads: number;
}

/** Which limit was exceeded. Shapes: bytes, a number of processes, per cent of one processor. */
export interface Excess {
  limit: "memory" | "processes" | "threads" | "cpu";
  got: number;
  max: number;
}

/** Over how long `cpuPercent` is measured, in milliseconds. Shorter, and a tool that computes would be taken for a runaway. */
export const CPU_WINDOW_MS = 10_000;

/** A thread costs the kernel 20 KiB that count as nobody's. Programs of many threads have some for each processor. */
export const THREADS_PER_PROCESS = 32;

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

const DEFAULT_MEMORY_BYTES = 2 * GIB;
const DEFAULT_PROCESSES = 256;

const LIMITS = ["memoryBytes", "processes", "cpuPercent"] as const;

/**
 * The limits that hold, with the defaults filled in and those of Infinity left out: JSON has no such number.
 * @throws TauError `invalid-option`
 */
export function resolveLimits(limits: ResourceLimits = {}): ResourceLimits {
  const { memoryBytes = DEFAULT_MEMORY_BYTES, processes = DEFAULT_PROCESSES, cpuPercent = Infinity } = limits;
  const all = { memoryBytes, processes, cpuPercent };
  for (const name of LIMITS) {
    const value = all[name];
    if (typeof value === "number" && value > 0) continue;
    const text = `Expected the limit \`${name}\` to be a number above 0, or Infinity for none, got ${String(value)}.`;
    throw new TauError("invalid-option", text, { executed: "no" });
  }
  // By name, and not by a list of entries that is filtered: every extension asks, and an agent may start with dozens.
  return {
    ...(memoryBytes === Infinity ? {} : { memoryBytes }),
    ...(processes === Infinity ? {} : { processes }),
    ...(cpuPercent === Infinity ? {} : { cpuPercent }),
  };
}

/** The first limit that is exceeded. `cpuPercent` is undefined until it has been measured for long enough. */
export function findExcess(
  limits: ResourceLimits,
  usage: ProcessUsage,
  cpuPercent: number | undefined,
): Excess | undefined {
  const checks: [Excess["limit"], number | undefined, number | undefined][] = [
    ["processes", usage.processes, limits.processes],
    ["threads", usage.threads, limits.processes === undefined ? undefined : limits.processes * THREADS_PER_PROCESS],
    ["memory", usage.memoryBytes, limits.memoryBytes],
    ["cpu", cpuPercent, limits.cpuPercent],
  ];
  for (const [limit, got, max] of checks) {
    if (got !== undefined && max !== undefined && got > max) return { limit, got, max };
  }
  return undefined;
}

/** The error that calls in flight fail with, and that the extension shows. */
export function excessError(extensionId: string, excess: Excess): TauError {
  const text = `Extension \`${extensionId}\` was ended: it ${describeExcess(excess)}`;
  return new TauError("extension-killed", text, { extensionId, executed: "maybe" });
}

/** `used 2.1 GiB of memory, allowed are 2 GiB. …` */
export function describeExcess({ limit, got, max }: Excess): string {
  switch (limit) {
    case "memory":
      return `used ${bytes(got)} of memory, allowed are ${bytes(max)}. If it needs more, raise its limit \`memoryBytes\`.`;
    case "processes":
      return `ran ${got} processes, allowed are ${max}. If it needs more, raise its limit \`processes\`.`;
    case "threads":
      return (
        `ran ${got} threads, allowed are ${max}: ${THREADS_PER_PROCESS} for each process. ` +
        "If it needs more, raise its limit `processes`."
      );
    case "cpu":
      return (
        `used ${Math.round(got)} % of a processor over ${CPU_WINDOW_MS / 1000} s, allowed are ${max} %. ` +
        "If it needs more, raise its limit `cpuPercent`."
      );
    default:
      return limit satisfies never;
  }
}

function bytes(count: number): string {
  const [size, unit] = count >= GIB ? [count / GIB, "GiB"] : [count / MIB, "MiB"];
  return `${Number(size.toFixed(size < 100 ? 1 : 0))} ${unit}`;
}
