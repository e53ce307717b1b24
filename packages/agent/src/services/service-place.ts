import type { DeliverAt } from "tau-protocol";
import type { Agent } from "../agent-api.ts";
import type { LoopPlace } from "../loop-place.ts";
import type { Prompts } from "../prompts.ts";
import type { Saying } from "../queue.ts";
import type { UserInterface } from "../user-interface.ts";

/** What extensions' requests are answered with. */
export interface ServicePlace {
  agent: Agent;
  loop: LoopPlace;
  prompts: Prompts;
  user: UserInterface;
  /** Tokens that one extension may use of the model in a session. */
  modelBudgetTokens: number;
  resolveModel: (reference: string) => ReturnType<LoopPlace["model"]>;
  /** Says something in the conversation: at once, or when it is its turn. What a user would say starts a run that nobody waits for. */
  say: (saying: Saying, at: DeliverAt) => Promise<void>;
}
