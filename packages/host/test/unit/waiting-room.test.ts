import { TauError } from "tau-host";
import { type Clock, systemClock, type Timer } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { WaitingRoom } from "../../src/waiting-room.ts";
import { errorOf } from "../support/workspace.ts";

/** The machine's clock, which counts the timers that are set. */
class CountingClock implements Clock {
  readonly timers = new Set<Timer>();

  now(): number {
    return systemClock.now();
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = systemClock.setTimeout(() => (this.timers.delete(timer), callback()), delayMs);
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer !== undefined) this.timers.delete(timer);
    systemClock.clearTimeout(timer);
  }
}

function open(): { room: WaitingRoom<string>; clock: CountingClock } {
  const clock = new CountingClock();
  return { room: new WaitingRoom("weather", clock), clock };
}

describe("a waiting room", () => {
  test("lets all go in at once, and those who come later wait again", async () => {
    const { room, clock } = open();
    const waiting = [1, 2, 3].map(() => room.wait({ timeoutMs: 60_000 }));
    expect(room.size).toBe(3);
    room.admitAll("served");
    expect(room.size).toBe(0);
    expect(await Promise.all(waiting)).toEqual(["served", "served", "served"]);
    const later = room.wait({ timeoutMs: 60_000 });
    expect([room.size, clock.timers.size]).toEqual([1, 1]);
    room.admitAll("later");
    expect(await later).toBe("later");
    expect(clock.timers.size).toBe(0);
  });

  test("gives each an error of its own when nothing will come", async () => {
    const { room, clock } = open();
    const waiting = [1, 2].map(() => errorOf(room.wait({ timeoutMs: 60_000 })));
    room.refuseAll(() => new TauError("extension-stopped", "gone"));
    const [first, second] = await Promise.all(waiting);
    expect([first?.message, second?.message]).toEqual(["gone", "gone"]);
    expect(first).not.toBe(second);
    expect([room.size, clock.timers.size]).toEqual([0, 0]);
  });

  test.for([0, -5, 5])("lets nobody wait longer than %i ms", async (timeoutMs) => {
    const { room } = open();
    const other = room.wait({ timeoutMs: 60_000 });
    const error = await errorOf(room.wait({ timeoutMs }));
    expect(error).toMatchObject({ code: "timed-out", extensionId: "weather", executed: "no", retryable: true });
    expect(room.size).toBe(1);
    room.admitAll("other");
    expect(await other).toBe("other");
  });

  test("sets no timer for one who has all the time there is", async () => {
    const { room, clock } = open();
    const waiting = room.wait({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(clock.timers.size).toBe(0);
    room.admitAll("served");
    expect(await waiting).toBe("served");
  });

  test("lets those go who give up, with their reason", async () => {
    const { room, clock } = open();
    const controller = new AbortController();
    const waiting = errorOf(room.wait({ timeoutMs: 60_000, signal: controller.signal }));
    controller.abort("bored");
    expect(await waiting).toMatchObject({ code: "cancelled", extensionId: "weather", executed: "no", cause: "bored" });
    expect([room.size, clock.timers.size]).toEqual([0, 0]);
  });

  test("does not let those in who gave up before", async () => {
    const { room, clock } = open();
    expect(await errorOf(room.wait({ timeoutMs: 60_000, signal: AbortSignal.abort() }))).toMatchObject({
      code: "cancelled",
    });
    expect([room.size, clock.timers.size]).toEqual([0, 0]);
  });

  test("leaves nothing on the signal of those who are gone", async () => {
    const { room } = open();
    const controller = new AbortController();
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    let listeners = 0;
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    const admitted = room.wait({ timeoutMs: 60_000, signal });
    const late = errorOf(room.wait({ timeoutMs: 1, signal }));
    await late;
    room.admitAll("served");
    await admitted;
    expect(listeners).toBe(0);
  });
});
