/**
 * tau-agent: a turn loop around a model, with sessions, events and hooks, whose tools are extensions. This file is the whole public
 * surface.
 */
export { createAgent } from "./create-agent.ts";
export type { Agent, AgentOptions, AgentState, CompactOptions, SessionChoice, SessionView } from "./agent-api.ts";
export type { AgentEvent } from "./events.ts";
export type { PromptContext, UserInterface } from "./user-interface.ts";
export type { RunResult } from "./run-loop.ts";
export {
  type AgentMessage,
  type AssistantContent,
  type AssistantMessage,
  type ExtensionMessage,
  type ModelUsage,
  type SummaryMessage,
  textOf,
  type ToolMessage,
  type UserMessage,
} from "./message.ts";
export type { OfflineScript, ScriptedCall, ScriptRequest, ScriptStep } from "./model/script.ts";
export type { Entry } from "./session/entry.ts";
export type { SessionInfo } from "./session/list.ts";
export { OFFLINE_REFERENCE as OFFLINE_MODEL } from "./model/scripted.ts";
export { providerNames } from "./model/resolve.ts";
