import type { DeliverAt } from "tau-protocol";
import type { ExtensionMessage, UserMessage } from "./message.ts";

export type QueuedMessage = UserMessage | ExtensionMessage;

/** What is said while the agent runs, until it is its turn. */
export class MessageQueue {
  #steering: QueuedMessage[] = [];
  #followUps: QueuedMessage[] = [];

  get size(): number {
    return this.#steering.length + this.#followUps.length;
  }

  add(message: QueuedMessage, at: DeliverAt): void {
    (at === "steer" ? this.#steering : this.#followUps).push(message);
  }

  /** What the model has to see before it is asked again. */
  takeSteering(): QueuedMessage[] {
    return this.#steering.splice(0);
  }

  /** What comes when the agent would be done. */
  takeFollowUps(): QueuedMessage[] {
    return this.#followUps.splice(0);
  }

  clear(): QueuedMessage[] {
    return [...this.takeSteering(), ...this.takeFollowUps()];
  }
}
