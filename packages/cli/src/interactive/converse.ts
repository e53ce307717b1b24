import type { JsonObject } from "tau-protocol";
import type { AgentFlags } from "../agent/flags.ts";
import type { TauContext } from "../context.ts";
import { CliError } from "../errors.ts";

export interface Conversation {
  flags: AgentFlags;
  extensionFlags: JsonObject;
  /** What the user says first. */
  message: string;
}

/** A conversation in the terminal. */
export async function converse(_context: TauContext, _conversation: Conversation): Promise<void> {
  throw new CliError("There is no conversation yet; ask with tau -p.");
}
