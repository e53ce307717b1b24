import type { FlagParametersForType } from "@stricli/core";
import type { ThinkingLevel } from "tau-protocol";
import type { TauContext } from "../context.ts";

export type Mode = "text" | "json" | "rpc";

/** The flags of `tau` itself. */
export interface AgentFlags {
  readonly extension?: readonly string[];
  readonly model?: string;
  readonly thinking?: ThinkingLevel;
  readonly print?: boolean;
  readonly mode?: Mode;
  readonly continue?: boolean;
  readonly resume?: string;
  readonly discover: boolean;
  readonly verbose?: boolean;
}

export const agentFlags: FlagParametersForType<AgentFlags, TauContext> = {
  extension: {
    kind: "parsed",
    parse: String,
    variadic: true,
    optional: true,
    placeholder: "path",
    brief: "An extension beside those that are found. Repeatable",
  },
  model: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "provider/model",
    brief: "The model, such as anthropic/claude-sonnet-4-5, openai/gpt-4.1, ollama/qwen3, offline/scripted",
  },
  thinking: {
    kind: "enum",
    values: ["off", "low", "medium", "high"],
    optional: true,
    brief: "How much the model thinks",
  },
  print: { kind: "boolean", withNegated: false, optional: true, brief: "Print one answer and end" },
  mode: {
    kind: "enum",
    values: ["text", "json", "rpc"],
    optional: true,
    brief: "json: events as lines of JSON; rpc: a server for other front ends on stdin and stdout",
  },
  continue: {
    kind: "boolean",
    withNegated: false,
    optional: true,
    brief: "Go on with the last session of this folder",
  },
  resume: { kind: "parsed", parse: String, optional: true, placeholder: "id", brief: "Go on with a session" },
  discover: { kind: "boolean", default: true, brief: "Load the extensions of ~/.tau and of this project" },
  verbose: {
    kind: "boolean",
    withNegated: false,
    optional: true,
    brief: "Show what extensions print and log, on stderr",
  },
};

export const agentAliases = { e: "extension", m: "model", p: "print" } as const;
