import { DEFAULT_MAX_LINE_BYTES, type JsonObject, TauError } from "tau-protocol";
import type { ResourceLimits } from "../launch/limits.ts";
import { show } from "../show.ts";

/** How much a confined extension may use. An extension that asks for more than the defaults needs a grant, as for a file. */
export interface PermissionLimits {
  /** All its processes together, in MiB: {@link ResourceLimits.memoryBytes}. @default 2048 */
  memoryMb?: number;
  /** At a time, its own included; what makes the sandbox is one beside them. @default 256 */
  processes?: number;
  /** Descriptors of one process at a time. @default 512 */
  openFiles?: number;
  /** From the call of a tool to its answer, in milliseconds; prompts to the user do not count. Lowers what the host allows. @default 600000 */
  callTimeoutMs?: number;
  /** What the call of a tool answers, as JSON, its progress included. Lowers what the host allows. @default 16777216 */
  outputBytes?: number;
}

/** What holds where nothing else is said. */
export const DEFAULT_PERMISSION_LIMITS: Readonly<Required<PermissionLimits>> = {
  memoryMb: 2048,
  processes: 256,
  openFiles: 512,
  callTimeoutMs: 600_000,
  outputBytes: DEFAULT_MAX_LINE_BYTES,
};

export const PERMISSION_LIMITS = Object.keys(DEFAULT_PERMISSION_LIMITS) as readonly (keyof PermissionLimits)[];

const MIB = 1024 ** 2;

/** @throws TauError `invalid-option` for what is no whole number above 0. Names are looked at elsewhere. */
export function checkPermissionLimits(limits: PermissionLimits, place = "permissions.limits"): void {
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isSafeInteger(value) && (value as number) > 0) continue;
    const text = `Expected \`${place}.${name}\` to be a whole number above 0, got ${show(value)}.`;
    throw new TauError("invalid-option", text, { executed: "no", phase: "launch" });
  }
}

/** What a process tree may use where its user has said something and it was granted something: the lower of both. */
export function lowerResources(resources: ResourceLimits, limits: PermissionLimits): ResourceLimits {
  const { memoryMb, processes } = limits;
  const least = (...values: (number | undefined)[]): number =>
    Math.min(...values.flatMap((value) => (value === undefined ? [] : [value])));
  return {
    ...resources,
    ...(memoryMb === undefined ? {} : { memoryBytes: least(resources.memoryBytes, memoryMb * MIB) }),
    ...(processes === undefined ? {} : { processes: least(resources.processes, processes) }),
  };
}

/** For `hello` (spec/protocol.md, H-9): those that were granted. */
export function describeLimits(limits: PermissionLimits): JsonObject {
  return { ...limits };
}
