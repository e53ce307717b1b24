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
}

/** Tells those that subscribed. Awaits nobody. */
export function deliver(units: Iterable<ExtensionUnit>, { event, payload, from }: Happening): void {
  let delivery: EventDelivery | undefined;
  for (const unit of units) {
    if (unit.id === from || !unit.lineage.events.has(event)) continue;
    delivery ??= deliveryOf({ events: [{ name: event, payload }] });
    unit.traffic.deliver(delivery);
  }
}

/** Tells the others what became of an extension. */
export function deliverState(units: Iterable<ExtensionUnit>, change: ExtensionChange): void {
  const { extensionId, from, to, generation, reason } = change;
  if (from === to) return;
  // One that sleeps is not woken: two that listen would wake each other for ever.
  const awake = [...units].filter(({ state }) => state.kind !== "idle");
  const payload = { extension: extensionId, state: to, generation, reason };
  deliver(awake, { event: "extension_state", payload, from: extensionId });
}

/** Those of extensions that do not run at the moment are asked too: they wait for the extension, or fail and so block. */
export function hooksOn(units: Iterable<ExtensionUnit>, event: EventName): Hook[] {
  return [...units].flatMap((unit) =>
    unit.lineage.hooks
      .filter((registration) => registration.event === event)
      .map((registration) => ({ extensionId: unit.id, registration, lease: unit.lease() })),
  );
}
