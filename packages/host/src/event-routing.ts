import type { EventName, JsonValue } from "tau-protocol";
import { deliveryOf, type EventDelivery } from "./event-outbox.ts";
import type { ExtensionUnit } from "./extension.ts";
import type { Hook } from "./hooks.ts";
import type { ExtensionChange } from "./types.ts";

export interface Happening {
  event: string;
  payload: JsonValue;
  /** Extensions do not hear what they say on the bus themselves (spec/protocol.md, E-6). */
  from?: string;
  /** Who else does not hear of it. @default everybody does */
  isFor?: (unit: ExtensionUnit) => boolean;
}

/** Who hears what. By event: an agent with fifty extensions tells of something at every word of its model. */
export class EventRouter {
  readonly #hearers = new Map<string, Set<ExtensionUnit>>();
  readonly #heard = new Map<ExtensionUnit, ReadonlySet<string>>();

  /** From now on it hears these events, and no others. */
  subscribe(unit: ExtensionUnit, events: ReadonlySet<string>): void {
    for (const event of this.#heard.get(unit) ?? []) if (!events.has(event)) this.#hearers.get(event)?.delete(unit);
    this.#heard.set(unit, events);
    for (const event of events) {
      const hearers = this.#hearers.get(event);
      if (hearers === undefined) this.#hearers.set(event, new Set([unit]));
      else hearers.add(unit);
    }
  }

  remove(unit: ExtensionUnit): void {
    this.subscribe(unit, NONE);
    this.#heard.delete(unit);
  }

  isHeard(event: string): boolean {
    return (this.#hearers.get(event)?.size ?? 0) > 0;
  }

  /** Tells those that subscribed. Awaits nobody. */
  deliver({ event, payload, from, isFor }: Happening): void {
    let delivery: EventDelivery | undefined;
    for (const unit of this.#hearers.get(event) ?? []) {
      if (unit.id === from || isFor?.(unit) === false) continue;
      delivery ??= deliveryOf({ events: [{ name: event, payload }] });
      unit.traffic.deliver(delivery);
    }
  }

  /** Tells the others what became of an extension. */
  deliverState({ extensionId, from, to, generation, reason }: ExtensionChange): void {
    if (from === to) return;
    const event = "extension_state";
    const payload = { extension: extensionId, state: to, generation, reason };
    // One that sleeps is not woken: two that listen would wake each other for ever.
    this.deliver({ event, payload, from: extensionId, isFor: ({ state }) => state.kind !== "idle" });
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Those of extensions that do not run at the moment are asked too: they wait for the extension, or fail and so block. */
export function hooksOn(units: Iterable<ExtensionUnit>, event: EventName): Hook[] {
  return [...units].flatMap((unit) =>
    unit.lineage.hooks
      .filter((registration) => registration.event === event)
      .map((registration) => ({ extensionId: unit.id, registration, lease: unit.lease() })),
  );
}
