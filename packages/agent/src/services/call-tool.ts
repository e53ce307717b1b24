import { randomUUID } from "node:crypto";
import type { HostServices } from "tau-host";
import { TauError } from "tau-protocol";
import { runTool } from "../tool-run/run-tool.ts";
import type { ServicePlace } from "./service-place.ts";

/** How deep tools may call tools that call tools. Two that call each other would never end. */
const MAX_DEPTH = 8;

/** Tools for extensions, through the same gates as the model's calls. */
export function toolServices({ loop }: ServicePlace): Pick<NonNullable<HostServices["requests"]>, "tool/call"> {
  const depths = new Map<string, number>();
  return {
    "tool/call": async ({ tool, arguments: input }, { extensionId, signal, parent, onProgress }) => {
      const depth = depthOf(parent?.params, depths) + 1;
      if (depth > MAX_DEPTH) {
        throw new TauError("denied", `Tools have called tools ${MAX_DEPTH} levels deep. Is there a circle?`, {
          executed: "no",
        });
      }
      const callId = `${extensionId}-${randomUUID().slice(0, 8)}`;
      depths.set(callId, depth);
      try {
        return await runTool({ callId, tool, input, caller: extensionId, signal, onProgress }, loop.tools);
      } finally {
        depths.delete(callId);
      }
    },
  };
}

/** Of the call on whose behalf this one is made. */
function depthOf(params: object | undefined, depths: ReadonlyMap<string, number>): number {
  const callId = (params as { callId?: unknown } | undefined)?.callId;
  return typeof callId === "string" ? (depths.get(callId) ?? 0) : 0;
}
