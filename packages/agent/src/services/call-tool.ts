import { randomUUID } from "node:crypto";
import type { HostServices, ServiceContext } from "tau-host";
import { TauError } from "tau-protocol";
import { runTool } from "../tool-run/run-tool.ts";
import type { ServicePlace } from "./service-place.ts";

/** How deep tools may call tools that call tools. Two that call each other would never end. */
const MAX_DEPTH = 8;

/** Calls of one extension that run at the same time. An extension that does not say what it calls for has no depth, but it waits. */
const MAX_RUNNING = 256;

/** Tools for extensions, through the same gates as the model's calls. */
export function toolServices({ loop }: ServicePlace): Pick<NonNullable<HostServices["requests"]>, "tool/call"> {
  const depths = new Map<string, number>();
  const running = new Map<string, number>();
  return {
    "tool/call": async ({ tool, arguments: input }, { extensionId, signal, parent, onProgress }) => {
      const depth = depthOf(parent, depths) + 1;
      const others = running.get(extensionId) ?? 0;
      if (depth > MAX_DEPTH) throw tooDeep();
      if (others >= MAX_RUNNING) throw tooMany(extensionId);
      const callId = `${extensionId}-${randomUUID().slice(0, 8)}`;
      depths.set(callId, depth);
      running.set(extensionId, others + 1);
      try {
        const call = { callId, tool, input, caller: extensionId, signal, onProgress };
        const { result, error } = await runTool(call, loop.tools);
        // Unless a hook has made an answer of it.
        if (error !== undefined && result.isError === true) throw error;
        return result;
      } finally {
        depths.delete(callId);
        running.set(extensionId, (running.get(extensionId) ?? 1) - 1);
      }
    },
  };
}

/** Of the call on whose behalf this one is made: one that a tool runs for, or one that a hook decides on. */
function depthOf(parent: ServiceContext["parent"], depths: ReadonlyMap<string, number>): number {
  const { callId, payload } = (parent?.params ?? {}) as { callId?: unknown; payload?: { callId?: unknown } };
  const id = callId ?? payload?.callId;
  return typeof id === "string" ? (depths.get(id) ?? 0) : 0;
}

function tooDeep(): TauError {
  const text = `Tools have called tools ${MAX_DEPTH} levels deep. Is there a circle?`;
  return new TauError("denied", text, { executed: "no" });
}

function tooMany(extensionId: string): TauError {
  const text = `Extension \`${extensionId}\` waits for ${MAX_RUNNING} tools at the same time. Call more when some have answered.`;
  return new TauError("overloaded", text, { executed: "no", retryable: true });
}
