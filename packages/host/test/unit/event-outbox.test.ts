import type { DeliverEventsParams } from "tau-protocol";
import type { SharedNotification } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { type DeliveredEvent, deliveryOf, EventOutbox } from "../../src/event-outbox.ts";
import type { Generation } from "../../src/generation.ts";

/** Takes what a version of an extension is told, but what is no JSON, as the channel does. */
function createListener(): { told: DeliverEventsParams[]; open: boolean; generation: Generation } {
  const told: DeliverEventsParams[] = [];
  const listener = { told, open: true, generation: undefined as unknown as Generation };
  const notifyShared = (notification: SharedNotification): boolean => {
    if (!listener.open) return false;
    try {
      told.push((JSON.parse(notification.text) as { params: DeliverEventsParams }).params);
      return true;
    } catch {
      return false;
    }
  };
  listener.generation = { notifyShared } as unknown as Generation;
  return listener;
}

function event(number: number, text = ""): DeliveredEvent {
  return { name: "turn_end", payload: { number, text } };
}

function cyclic(): DeliveredEvent {
  const payload: Record<string, unknown> = {};
  payload["self"] = payload;
  return { name: "turn_end", payload: payload as never };
}

describe("an outbox", () => {
  test("delivers what it held at once and in order, and then holds nothing", () => {
    const outbox = new EventOutbox();
    const { told, generation } = createListener();
    outbox.hold(event(1));
    outbox.hold(event(2));
    expect(outbox.size).toBe(2);
    outbox.flush(generation);
    outbox.flush(generation);
    expect(told).toEqual([{ events: [event(1), event(2)] }]);
    expect(outbox.size).toBe(0);
  });

  test("lets the oldest go beyond a thousand, and says so once", () => {
    const outbox = new EventOutbox();
    const { told, generation } = createListener();
    for (let number = 0; number < 1003; number++) outbox.hold(event(number));
    outbox.flush(generation);
    outbox.send(deliveryOf({ events: [event(1003)] }), generation);
    expect(told[0]).toMatchObject({ dropped: 3, events: { length: 1000, 0: event(3) } });
    expect(told[1]).toEqual({ events: [event(1003)] });
  });

  test("lets the oldest go beyond 4 Mi characters, but never the last one", () => {
    const outbox = new EventOutbox();
    const { told, generation } = createListener();
    const long = "x".repeat(3 * 1024 * 1024);
    for (const number of [1, 2, 3]) outbox.hold(event(number, long));
    expect(outbox.size).toBe(1);
    outbox.hold(event(4, long + long));
    outbox.flush(generation);
    expect(told.map(({ dropped, events }) => [dropped, events.length, events[0]?.payload])).toMatchObject([
      [3, 1, { number: 4 }],
    ]);
  });

  test("has room again for what comes after what it let go", () => {
    const outbox = new EventOutbox();
    const { told, generation } = createListener();
    const half = "x".repeat(1024 * 1024);
    for (let number = 0; number < 9; number++) outbox.hold(event(number, half));
    outbox.flush(generation);
    for (let number = 0; number < 3; number++) outbox.hold(event(number, half));
    outbox.flush(generation);
    expect(told.map(({ dropped, events }) => [dropped, events.length])).toEqual([
      [6, 3],
      [undefined, 3],
    ]);
  });

  test("drops what is no JSON, and that alone", () => {
    const outbox = new EventOutbox();
    const { told, generation } = createListener();
    for (const each of [event(1), cyclic(), event(2), { name: "turn_end", payload: 1n as never }]) outbox.hold(each);
    outbox.flush(generation);
    expect(told).toEqual([{ dropped: 2, events: [event(1), event(2)] }]);
  });

  test("counts what is not taken, until a delivery says so", () => {
    const outbox = new EventOutbox();
    const listener = createListener();
    listener.open = false;
    outbox.send(deliveryOf({ events: [event(1)] }), listener.generation);
    outbox.hold(event(2));
    outbox.hold(event(3));
    outbox.flush(listener.generation);
    listener.open = true;
    outbox.send(deliveryOf({ events: [event(4)] }), listener.generation);
    outbox.send(deliveryOf({ events: [event(5)] }), listener.generation);
    expect(listener.told).toEqual([{ dropped: 3, events: [event(4)] }, { events: [event(5)] }]);
  });

  test("tells a version that came later what an earlier one missed", () => {
    const outbox = new EventOutbox();
    const [dead, alive] = [createListener(), createListener()];
    dead.open = false;
    outbox.send(deliveryOf({ events: [event(1)] }), dead.generation);
    outbox.send(deliveryOf({ events: [event(2)] }), alive.generation);
    expect(alive.told).toEqual([{ dropped: 1, events: [event(2)] }]);
  });

  test("forgets what nobody will come for", () => {
    const outbox = new EventOutbox();
    const { told, generation } = createListener();
    outbox.hold(event(1));
    outbox.clear();
    outbox.flush(generation);
    expect([told, outbox.size]).toEqual([[], 0]);
  });
});
