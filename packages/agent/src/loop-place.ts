import type { Host } from "tau-host";
import type { ThinkingLevel } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { EventHub } from "./events.ts";
import type { AgentMessage } from "./message.ts";
import type { ModelTool, ResolvedModel } from "./model/model.ts";
import type { MessageQueue } from "./queue.ts";
import type { Session } from "./session/session.ts";
import type { ToolPlace } from "./tool-run/tool-call.ts";

/** What a run works with. Asked each time: model, tools and session may change while it runs. */
export interface LoopPlace {
  host: Host;
  hub: EventHub;
  clock: Clock;
  random: () => number;
  queue: MessageQueue;
  tools: ToolPlace;
  maxTurns: number;
  session: () => Session;
  model: () => ResolvedModel;
  thinking: () => ThinkingLevel | undefined;
  systemPrompt: () => string;
  offeredTools: () => readonly ModelTool[];
  /** Writes down which model and tools were chosen, where the session does not know. */
  remember: () => Promise<void>;
  /** Keeps a message whose events have been told. */
  append: (message: AgentMessage) => Promise<void>;
  /** Keeps a message and tells of it. */
  say: (message: AgentMessage) => Promise<void>;
  /** Summarises the conversation where it is nearly too long, or has turned out to be. Whether it did. */
  makeRoom: (signal: AbortSignal, hasOverflowed?: boolean) => Promise<boolean>;
}
