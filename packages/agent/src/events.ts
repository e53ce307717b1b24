import type { Host } from "tau-host";
import type { EventName, EventPayloads, JsonObject } from "tau-protocol";
import { errorText } from "tau-rpc";
import type { AgentMessage } from "./message.ts";

type CatalogueEvent = { [Name in EventName]: { name: Name; payload: EventPayloads[Name] } }[EventName];

/** What only front ends are told, beside what extensions hear too. */
type FrontEndEvent =
  /** A failed request to the model is made again after a pause. */
  | { name: "retry"; payload: { attempt: number; delayMs: number; error: string } }
  | { name: "thinking_update"; payload: { messageId: string; text: string } }
  /** A message stands in the conversation, whoever said it. */
  | { name: "message_added"; payload: { message: AgentMessage } }
  /** Something failed that nobody waits for. */
  | { name: "problem"; payload: { message: string; code?: string } };

/** What happens in an agent: the events of spec/events.json, and a few that only screens need. */
export type AgentEvent = CatalogueEvent | FrontEndEvent;

/** The one place from which events go to extensions and front ends. */
export class EventHub {
  readonly #listeners = new Set<(event: AgentEvent) => void>();
  readonly #host: () => Host;

  /** @param host asked at each event: the hub is there before it */
  constructor(host: () => Host) {
    this.#host = host;
  }

  on(listener: (event: AgentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** To the extensions that subscribed and to all front ends. Awaits nobody. */
  emit<Name extends EventName>(name: Name, payload: EventPayloads[Name]): void {
    this.tell({ name, payload } as AgentEvent);
    this.deliver(name, payload);
  }

  /** To the extensions alone. */
  deliver<Name extends EventName>(name: Name, payload: EventPayloads[Name]): void {
    this.#host().emit(name, payload as JsonObject);
  }

  /** To the front ends alone. */
  tell(event: AgentEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // A screen that fails must not end a run. There is nobody else to tell.
        console.error(`A listener of the agent failed: ${errorText(error)}`);
      }
    }
  }
}
