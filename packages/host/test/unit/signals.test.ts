import { type Clock, systemClock, type Timer } from "tau-rpc";
import { describe, expect, test } from "vitest";
import { linkSignals, orAborted, pause } from "../../src/signals.ts";

/** A signal that can be aborted and counts who listens. */
function createSignal(): { signal: AbortSignal; listeners: () => number; abort: (reason: Error) => void } {
  const controller = new AbortController();
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  const listening = new Set<unknown>();
  signal.addEventListener = (...args: Parameters<typeof add>) => (listening.add(args[1]), add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listening.delete(args[1]), remove(...args));
  return { signal, listeners: () => listening.size, abort: (reason) => controller.abort(reason) };
}

describe("linked signals", () => {
  test.for([0, 1])("are aborted with the first of them (%i), for its reason", (index) => {
    const sources = [createSignal(), createSignal()];
    const { signal } = linkSignals(...sources.map((source) => source.signal));
    expect(signal.aborted).toBe(false);
    sources[index]?.abort(new Error("first"));
    sources[1 - index]?.abort(new Error("second"));
    expect(signal.reason).toEqual(new Error("first"));
    expect(sources.map(({ listeners }) => listeners())).toEqual([0, 0]);
  });

  test("are aborted where one is already", () => {
    const source = createSignal();
    source.abort(new Error("before"));
    expect(linkSignals(undefined, source.signal).signal.reason).toEqual(new Error("before"));
  });

  test("leave nothing on the one that lives on, a thousand times over", () => {
    const long = createSignal();
    for (let times = 0; times < 1000; times++) linkSignals(long.signal, new AbortController().signal).release();
    expect(long.listeners()).toBe(0);
    const traces = Object.getOwnPropertySymbols(long.signal).map(
      (symbol) => Reflect.get(long.signal, symbol) as unknown,
    );
    expect(traces.some((trace) => trace instanceof Set && trace.size > 0)).toBe(false);
  });

  test("follow no longer once they are released", () => {
    const source = createSignal();
    const { signal, release } = linkSignals(source.signal);
    release();
    source.abort(new Error("late"));
    expect(signal.aborted).toBe(false);
  });
});

describe("a promise or a signal, whichever is first", () => {
  test("settles as the promise does, and leaves the signal", async () => {
    const source = createSignal();
    expect(await orAborted(Promise.resolve(5), source.signal)).toBe(5);
    await expect(orAborted(Promise.reject(new Error("broken")), source.signal)).rejects.toThrow("broken");
    await new Promise(setImmediate);
    expect(source.listeners()).toBe(0);
  });

  test("gives up with the signal's reason, and what the promise says later is nobody's", async () => {
    const source = createSignal();
    let fail: (error: Error) => void = () => {};
    const given = orAborted(new Promise<never>((_, reject) => (fail = reject)), source.signal);
    source.abort(new Error("stopped"));
    await expect(given).rejects.toThrow("stopped");
    fail(new Error("too late"));
    await new Promise(setImmediate);
    await expect(orAborted(new Promise<never>(() => {}), source.signal)).rejects.toThrow("stopped");
  });
});

describe("a pause", () => {
  function countTimers(): { clock: Clock; timers: Set<Timer> } {
    const timers = new Set<Timer>();
    const clock: Clock = {
      now: () => systemClock.now(),
      setTimeout: (callback, delayMs) => {
        const timer = systemClock.setTimeout(callback, delayMs);
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        if (timer !== undefined) timers.delete(timer);
        systemClock.clearTimeout(timer);
      },
    };
    return { clock, timers };
  }

  test("ends with its time, and leaves the signal", async () => {
    const source = createSignal();
    const { clock, timers } = countTimers();
    await pause(5, source.signal, clock);
    expect([source.listeners(), timers.size]).toEqual([0, 0]);
  });

  test("ends with the signal, and leaves no timer", async () => {
    const source = createSignal();
    const { clock, timers } = countTimers();
    const paused = pause(60_000, source.signal, clock);
    source.abort(new Error("newer"));
    await paused;
    expect([source.listeners(), timers.size]).toEqual([0, 0]);
    await pause(60_000, source.signal, clock);
  });
});
