import type { JsonObject, JsonValue, ThinkingLevel } from "tau-protocol";
import type { AgentMessage, ModelUsage } from "../message.ts";

/** What every entry has. Entries form a tree: each knows the one it follows. */
type Facts = {
  /** Unique in its session; a fork keeps the ids of what it took over. */
  id: string;
  /** The entry before it. Absent for the first one, and for names. */
  parent?: string;
  /** When it was written, as ISO 8601. */
  at: string;
};

/** The kinds of entries, each with what is its own. */
export type EntryBody =
  | { type: "message"; message: AgentMessage }
  /** From here on this model is asked. */
  | { type: "model"; model: string }
  | { type: "thinking"; level: ThinkingLevel }
  /** The tools that the model is offered from here on. */
  | { type: "tools"; tools: string[] }
  /** The session's name, whatever the branch. An empty one takes the name away. */
  | { type: "name"; name: string }
  | CompactionBody
  /** What an extension keeps here. The model never sees it. */
  | { type: "custom"; extensionId: string; kind: string; data: JsonValue };

/** From here on, `summary` stands for everything before the entry `firstKept`. */
export type CompactionBody = {
  type: "compaction";
  summary: string;
  /** Absent: nothing before this entry is kept. */
  firstKept?: string;
  tokensBefore: number;
  tokensAfter: number;
  /** What the summary cost. */
  usage?: ModelUsage;
};

export type KnownEntry = Facts & EntryBody;

/** An entry of a kind that a newer tau writes. It is kept as it is. */
export type UnknownEntry = Facts & { type: "unknown"; raw: JsonObject };

/** One line of a session. */
export type Entry = KnownEntry | UnknownEntry;
