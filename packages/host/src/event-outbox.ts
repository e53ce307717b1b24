import type { DeliverEventsParams } from "tau-protocol";
import { SharedNotification } from "tau-rpc";
import type { Generation } from "./generation.ts";

export type DeliveredEvent = DeliverEventsParams["events"][number];

/** Events on their way, the same for all that hear of them. */
export type EventDelivery = SharedNotification<DeliverEventsParams>;

export function deliveryOf(params: DeliverEventsParams): EventDelivery {
  return new SharedNotification("event/deliver", params);
}

const MAX_EVENTS = 1000;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Keeps the events of an extension that can't take them at the moment, the newest ones, and counts those it lets go. */
export class EventOutbox {
  #held: { event: DeliveredEvent; characters: number }[] = [];
  #characters = 0;
  /** Let go since the last delivery that said so. */
  #dropped = 0;

  get size(): number {
    return this.#held.length;
  }

  hold(event: DeliveredEvent): void {
    const characters = lengthOf(event);
    // With it, nothing that is delivered together with it could be sent.
    if (characters === undefined) {
      this.#dropped += 1;
      return;
    }
    this.#held.push({ event, characters });
    this.#characters += characters;
    while (this.#held.length > MAX_EVENTS || (this.#characters > MAX_CHARACTERS && this.#held.length > 1)) {
      this.#characters -= this.#held.shift()?.characters ?? 0;
      this.#dropped += 1;
    }
  }

  send(delivery: EventDelivery, generation: Generation): void {
    this.#deliver(delivery, generation);
  }

  /** In the order in which they happened, before anything newer. */
  flush(generation: Generation): void {
    const held = this.#held.map(({ event }) => event);
    this.clear();
    if (held.length > 0) this.#deliver(deliveryOf({ events: held }), generation);
  }

  clear(): void {
    this.#held = [];
    this.#characters = 0;
  }

  /** A peer whose queue is full takes nothing: what was meant for it counts as dropped (spec/protocol.md, E-4). */
  #deliver(delivery: EventDelivery, generation: Generation): void {
    const { params } = delivery;
    const told = this.#dropped === 0 ? delivery : deliveryOf({ ...params, dropped: this.#dropped });
    this.#dropped = generation.notifyShared(told) ? 0 : this.#dropped + params.events.length;
  }
}

/** What is no JSON has no length. */
function lengthOf({ payload }: DeliveredEvent): number | undefined {
  try {
    return JSON.stringify(payload)?.length ?? 0;
  } catch {
    return undefined;
  }
}
