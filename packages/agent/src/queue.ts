import type { DeliverAt } from "tau-protocol";
import type { ExtensionMessage, UserMessage } from "./message.ts";

/** Something that is said, and who says it. */
export type Saying =
  | { message: UserMessage; source: "user" | "extension" }
  | { message: ExtensionMessage; source: "extension" };

/** What is said while the agent works, until it is its turn. */
export class MessageQueue {
  #steering: Saying[] = [];
  #followUps: Saying[] = [];

  get size(): number {
    return this.#steering.length + this.#followUps.length;
  }

  add(saying: Saying, at: DeliverAt): void {
    (at === "steer" ? this.#steering : this.#followUps).push(saying);
  }

  /** What the model has to see before it is asked again. */
  takeSteering(): Saying[] {
    return this.#steering.splice(0);
  }

  /** What comes when the agent would be done: all of it. */
  takeAll(): Saying[] {
    return [...this.takeSteering(), ...this.#followUps.splice(0)];
  }
}
