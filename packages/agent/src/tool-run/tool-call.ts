import type { Host, HostDecideOptions } from "tau-host";
import type { JsonObject, TauError, ToolResult } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { EventHub } from "../events.ts";

/** A tool that somebody wants to run. */
export interface ToolCall {
  callId: string;
  tool: string;
  input: JsonObject;
  /** Why the arguments could not be read, where they could not. */
  invalid?: string | undefined;
  /** `model`, or the id of the extension that asks. */
  caller: string;
  signal: AbortSignal;
  onProgress?: ((partial: ToolResult) => void) | undefined;
}

/** What came of it. */
export interface ToolOutcome {
  /** What the model sees. */
  result: ToolResult;
  /** Why no tool has answered. */
  error?: TauError;
}

/** What a call runs in. */
export interface ToolPlace {
  host: Host;
  hub: EventHub;
  clock: Clock;
  /** Names of the tools that the model may call at the moment. */
  offeredTools: () => readonly string[];
  /** How gates ask the user. Without `ask` there is none, and to ask means to block. */
  askUser: (signal: AbortSignal) => Pick<HostDecideOptions, "ask">;
}
