import { servingGeneration } from "./extension-state.ts";
import type { ExtensionUnit } from "./extension.ts";
import type { ToolDescriptor } from "./registry.ts";
import type { ExtensionInfo } from "./types.ts";

/** What people and programs are told of an extension. */
export function describeExtension(unit: ExtensionUnit, tools: readonly ToolDescriptor[], now: number): ExtensionInfo {
  const { id, state, lastError, restarts } = unit;
  const generation = servingGeneration(state);
  return {
    id,
    state: state.kind,
    isolation: unit.isolation,
    sandboxLayer: generation?.plan.layer,
    permissions: generation?.plan.permissions,
    generation: unit.generationNumber,
    pid: generation?.pid,
    tools: tools.map(({ name }) => name),
    events: [...unit.lineage.events],
    hooks: unit.lineage.hooks.map(({ event }) => event),
    error: "error" in state ? state.error : undefined,
    lastError,
    uptimeMs: generation === undefined ? undefined : now - generation.startedAt,
    restarts,
    calls: unit.traffic.calls,
  };
}
