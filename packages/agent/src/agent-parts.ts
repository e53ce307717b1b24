import type { Host } from "tau-host";
import type { ThinkingLevel } from "tau-protocol";
import type { Clock } from "tau-rpc";
import type { EventHub } from "./events.ts";
import type { ResolvedModel } from "./model/model.ts";
import type { SessionSettings } from "./session/context.ts";
import type { SessionStore } from "./session/store.ts";
import type { UserInterface } from "./user-interface.ts";

/** What an agent is made of. */
export interface AgentParts {
  host: Host;
  hub: EventHub;
  clock: Clock;
  random: () => number;
  store: SessionStore;
  cwd: string;
  model: ResolvedModel;
  thinking: ThinkingLevel | undefined;
  /** What the user asked for: it counts more than what a session remembers. */
  given: SessionSettings;
  user: UserInterface;
  maxTurns: number;
  modelBudgetTokens: number;
  systemPrompt: string;
  /** @throws TauError `unknown-model`, `missing-key` */
  resolveModel: (reference: string) => ResolvedModel;
}
