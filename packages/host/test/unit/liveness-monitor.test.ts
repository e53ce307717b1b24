import { fc, test as property } from "@fast-check/vitest";
import { TauError } from "tau-protocol";
import type { Clock } from "tau-rpc";
import { describe, expect, test } from "vitest";
import {
  AWAY_MS,
  GRACE_TICKS,
  HANG_TICKS,
  LivenessMonitor,
  TICK_MS,
  TICKS_PER_PING,
} from "../../src/liveness/liveness-monitor.ts";

const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that moves only when a test says so, with the one timer that the monitor may have. */
class OneTimer implements Clock {
  #now = 0;
  armed: { at: number; callback: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): object {
    expect(this.armed, "timers at a time").toBeUndefined();
    this.armed = { at: this.#now + delayMs, callback };
    return this.armed;
  }

  clearTimeout(timer: object | number | undefined): void {
    if (timer === this.armed) this.armed = undefined;
  }

  /** Runs the timer, `lateMs` later than it should. */
  fire(lateMs: number): void {
    const { armed } = this;
    if (armed === undefined) throw new Error("Expected a timer.");
    this.#now = armed.at + lateMs;
    this.armed = undefined;
    armed.callback();
  }
}

class Subject {
  readonly clock = new OneTimer();
  readonly told: string[] = [];
  readonly pings: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly monitor: LivenessMonitor;
  readonly unwatch: () => void;
  #afterReading: (() => void)[] = [];

  constructor(limitMs = Infinity) {
    this.monitor = new LivenessMonitor({
      clock: this.clock,
      afterReading: (callback) => void this.#afterReading.push(callback),
    });
    this.unwatch = this.monitor.watch({
      ping: () => new Promise<void>((resolve, reject) => this.pings.push({ resolve, reject })),
      limitMs,
      onHang: ({ blockedMs }) => this.told.push(`hang ${blockedMs}`),
      onRecover: ({ blockedMs }) => this.told.push(`recovery ${blockedMs}`),
      onLimit: ({ blockedMs }) => this.told.push(`limit ${blockedMs}`),
    });
  }

  /** One tick. `whileReading` is what is found in the sockets before it looks. */
  async tick({ lateMs = 0, whileReading = () => {} } = {}): Promise<void> {
    this.clock.fire(lateMs);
    whileReading();
    await flush();
    for (const callback of this.#afterReading.splice(0)) callback();
    await flush();
  }

  async ticks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.tick();
  }

  async untilAsked(): Promise<void> {
    const before = this.pings.length;
    for (let i = 0; i < TICKS_PER_PING && this.pings.length === before; i++) await this.tick();
    expect(this.pings.length).toBe(before + 1);
  }

  async answer(): Promise<void> {
    this.pings.at(-1)?.resolve();
    await flush();
  }
}

describe("a process that answers", () => {
  test("is asked once in four ticks and never reported", async () => {
    const subject = new Subject();
    for (let i = 0; i < 20; i++) {
      await subject.untilAsked();
      await subject.answer();
    }
    await subject.ticks(3);
    expect(subject.pings).toHaveLength(20);
    expect(subject.told).toEqual([]);
  });

  test("is not reported when its answer lies in the socket at the moment of the last tick", async () => {
    const subject = new Subject();
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS - 1);
    await subject.tick({ whileReading: () => subject.pings[0]?.resolve() });
    await subject.ticks(HANG_TICKS - 1);
    expect(subject.told).toEqual([]);
  });

  test("with an error is alive: it only does not know what a ping is", async () => {
    const subject = new Subject();
    for (let i = 0; i < 5; i++) {
      await subject.untilAsked();
      subject.pings.at(-1)?.reject(new TauError("method-not-found", "What is a ping?"));
      await flush();
    }
    expect(subject.told).toEqual([]);
  });
});

describe("a process that does not answer", () => {
  test("is reported within 5 s of getting stuck just after an answer, and once", async () => {
    const subject = new Subject();
    await subject.untilAsked();
    await subject.answer();
    const start = subject.clock.now();
    while (subject.told.length === 0) await subject.tick();
    expect(subject.clock.now() - start).toBeLessThanOrEqual(4000);
    await subject.ticks(100);
    expect(subject.told).toEqual(["hang 2000"]);
  });

  test("finds one ping when it goes on, however long it was stuck", async () => {
    const subject = new Subject();
    await subject.ticks(500);
    expect(subject.pings).toHaveLength(1);
  });

  test("that answers after all has recovered, and may be reported again", async () => {
    const subject = new Subject();
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS + 2);
    await subject.answer();
    expect(subject.told).toEqual(["hang 2000", "recovery 3000"]);
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS);
    expect(subject.told).toEqual(["hang 2000", "recovery 3000", "hang 2000"]);
  });

  test("is over its limit once, after it was reported", async () => {
    const subject = new Subject(5000);
    await subject.untilAsked();
    await subject.ticks(50);
    expect(subject.told).toEqual(["hang 2000", "limit 5000"]);
  });

  test("with a limit below what makes a hang is over it at once", async () => {
    const subject = new Subject(1);
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS);
    expect(subject.told).toEqual(["hang 2000", "limit 2000"]);
  });

  test("is reported when not even the ping can be sent, because it has stopped reading", async () => {
    const subject = new Subject();
    await subject.untilAsked();
    for (let i = 0; i < HANG_TICKS; i++) {
      subject.pings.at(-1)?.reject(new TauError("overloaded", "Too much waits."));
      await subject.tick();
    }
    expect(subject.told).toEqual(["hang 2000"]);
  });

  test("because it has ended is not reported", async () => {
    const subject = new Subject();
    await subject.untilAsked();
    subject.pings[0]?.reject(new TauError("extension-crashed", "It has ended."));
    await subject.ticks(20);
    expect(subject.told).toEqual([]);
    expect(subject.pings).toHaveLength(1);
  });

  test("is not told of any more once nobody watches it", async () => {
    const subject = new Subject(3000);
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS);
    subject.unwatch();
    await subject.answer();
    expect(subject.told).toEqual(["hang 2000"]);
    expect(subject.clock.armed).toBeUndefined();
  });
});

describe("a host that was away", () => {
  test("does not count that time", async () => {
    const subject = new Subject();
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS - 1);
    await subject.tick({ lateMs: 3_600_000 });
    await subject.ticks(GRACE_TICKS + HANG_TICKS - 1);
    expect(subject.told).toEqual([]);
    await subject.tick();
    expect(subject.told).toEqual(["hang 2000"]);
  });

  test("again and again reports nobody", async () => {
    const subject = new Subject();
    for (let i = 0; i < 50; i++) {
      await subject.tick({ lateMs: AWAY_MS });
      await subject.ticks(GRACE_TICKS);
    }
    expect(subject.told).toEqual([]);
  });

  test("does not run into a limit by it, and does not forget a hang that it has told", async () => {
    const subject = new Subject(3000);
    await subject.untilAsked();
    await subject.ticks(HANG_TICKS + 1);
    await subject.tick({ lateMs: 3_600_000 });
    await subject.ticks(GRACE_TICKS);
    expect(subject.told).toEqual(["hang 2000"]);
    await subject.tick();
    expect(subject.told).toEqual(["hang 2000", "limit 3000"]);
  });
});

test("without anybody to watch there is no timer", async () => {
  const clock = new OneTimer();
  const monitor = new LivenessMonitor({ clock });
  expect(clock.armed).toBeUndefined();
  const target = { ping: async () => {}, limitMs: 1, onHang: () => {}, onRecover: () => {}, onLimit: () => {} };
  const unwatch = [monitor.watch(target), monitor.watch(target)];
  expect(clock.armed).toBeDefined();
  for (const each of unwatch) each();
  expect(clock.armed).toBeUndefined();
  monitor.watch(target)();
  expect(clock.armed).toBeUndefined();
});

test("many processes are not all asked at the same moment", async () => {
  const clock = new OneTimer();
  let asked = 0;
  const monitor = new LivenessMonitor({ clock, afterReading: (callback) => callback() });
  const ping = async (): Promise<void> => void asked++;
  for (let i = 0; i < 40; i++) {
    monitor.watch({ ping, limitMs: 1, onHang: () => {}, onRecover: () => {}, onLimit: () => {} });
  }
  for (let i = 1; i <= TICKS_PER_PING; i++) {
    clock.fire(0);
    expect(asked).toBe(i * 10);
  }
});

/** What may happen between two ticks, and how late the second one is. */
const round = fc.record({
  answer: fc.constantFrom("no", "before", "while reading"),
  lateMs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constantFrom(AWAY_MS - 1, AWAY_MS, 1e7)),
});

property.prop([fc.array(round, { maxLength: 80 }), fc.integer({ min: 1, max: 10_000 })])(
  "is told exactly when so many ticks that count have passed without an answer",
  async (rounds, limitMs) => {
    const subject = new Subject(limitMs);
    const expected: string[] = [];
    let late: number | undefined;
    let [grace, hung, limited, asked] = [0, false, false, 0];
    const answer = (): void => {
      if (late === undefined) return;
      subject.pings.at(-1)?.resolve();
      if (hung) expected.push(`recovery ${late * TICK_MS}`);
      [late, hung, limited] = [undefined, false, false];
    };
    for (const [index, { answer: when, lateMs }] of rounds.entries()) {
      if (when === "before") answer();
      await subject.tick({ lateMs, whileReading: when === "while reading" ? answer : () => {} });
      const away = lateMs >= AWAY_MS;
      if (away) {
        grace = GRACE_TICKS;
        if (late !== undefined && !hung) late = 0;
      } else if (grace > 0) grace -= 1;
      else if (late !== undefined) {
        late += 1;
        if (!hung && late >= HANG_TICKS) {
          hung = true;
          expected.push(`hang ${late * TICK_MS}`);
        }
        if (hung && !limited && late * TICK_MS >= limitMs) {
          limited = true;
          expected.push(`limit ${late * TICK_MS}`);
        }
      }
      if ((index + 1) % TICKS_PER_PING === 0 && late === undefined) {
        late = 0;
        asked += 1;
      }
      expect(subject.told).toEqual(expected);
      expect(subject.pings).toHaveLength(asked);
    }
  },
);
