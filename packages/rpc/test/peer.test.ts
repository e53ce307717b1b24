import { type Message, TauError } from "tau-protocol";
import {
  createChannelPair,
  createPeer,
  type Peer,
  type PeerFault,
  type PeerOptions,
  type UnansweredRequest,
} from "tau-rpc";
import { describe, expect, test, vi } from "vitest";
import { flush, ManualClock, rejection, ScriptedChannel } from "./support.ts";

type Requests = Record<string, { params: object; result: unknown }>;
type Notifications = Record<string, object>;
type TestPeer = Peer<Requests, Notifications>;

interface Scripted {
  peer: TestPeer;
  channel: ScriptedChannel;
  clock: ManualClock;
  faults: PeerFault[];
  unanswered: UnansweredRequest[];
}

/** A peer whose other side is the test. */
function startScripted(options: PeerOptions = {}): Scripted {
  const channel = new ScriptedChannel();
  const clock = new ManualClock();
  const faults: PeerFault[] = [];
  const unanswered: UnansweredRequest[] = [];
  const peer: TestPeer = createPeer(channel, {
    clock,
    onFault: (fault) => faults.push(fault),
    onUnanswered: (request) => unanswered.push(request),
    ...options,
  });
  return { peer, channel, clock, faults, unanswered };
}

/** Two peers that talk to each other. */
function startPair(left: PeerOptions, right: PeerOptions): [TestPeer, TestPeer] {
  const [a, b] = createChannelPair();
  return [createPeer(a, left), createPeer(b, right)];
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function request(id: number, method: string, params?: object): object {
  return { jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) };
}

function failure(id: number, code: number, kind: string, rest: object = {}): object {
  return { jsonrpc: "2.0", id, error: { code, message: expect.any(String), data: { kind, ...rest } } };
}

describe("calling", () => {
  test("a request resolves with the other side's result", async () => {
    const [left] = startPair({}, { requests: { double: ({ n }) => ({ twice: Number(n) * 2 }) } });
    expect(await left.request("double", { n: 21 })).toEqual({ twice: 42 });
  });

  test("both sides call each other, each with ids of its own", async () => {
    const [left, right] = startPair(
      { requests: { outer: async () => right.request("inner", {}) } },
      { requests: { inner: () => "from left's peer", start: async () => right.request("outer", {}) } },
    );
    void right;
    const [answer] = await Promise.all([left.request("inner", {}), left.request("inner", {})]);
    expect(answer).toBe("from left's peer");
  });

  test("ids count up from 1 and requests leave in order", () => {
    const { peer, channel } = startScripted();
    for (const method of ["a", "b", "c"]) void peer.request(method, {});
    expect(channel.take()).toEqual([request(1, "a", {}), request(2, "b", {}), request(3, "c", {})]);
    channel.receive({ jsonrpc: "2.0", id: 1, result: {} });
    void peer.request("d", {});
    expect(channel.take()).toEqual([request(4, "d", {})]);
  });

  test("answers in any order reach the right callers", async () => {
    const { peer, channel } = startScripted();
    const answers = Promise.all([peer.request("a", {}), peer.request("b", {}), peer.request("c", {})]);
    for (const id of [3, 1, 2]) channel.receive({ jsonrpc: "2.0", id, result: `answer ${id}` });
    expect(await answers).toEqual(["answer 1", "answer 2", "answer 3"]);
  });

  test("a result of null is a result", async () => {
    const { peer, channel } = startScripted();
    const answer = peer.request("a", {});
    channel.receive({ jsonrpc: "2.0", id: 1, result: null });
    expect(await answer).toBeNull();
  });

  test("a result beside an error of null is a result", async () => {
    const { peer, channel } = startScripted();
    const answer = peer.request("a", {});
    channel.receive({ jsonrpc: "2.0", id: 1, result: 5, error: null } as unknown as Message);
    expect(await answer).toBe(5);
  });

  test("an answer with neither result nor error rejects and says so", async () => {
    const { peer, channel } = startScripted();
    const answer = peer.request("a", {});
    channel.receive({ jsonrpc: "2.0", id: 1 });
    expect(await rejection(answer)).toMatchObject({
      code: "protocol-violation",
      message: "Expected the answer to `a` to have a `result` or an `error`, got neither.",
    });
    expect(peer.pending).toBe(0);
  });

  test("an answer nobody waits for is a fault and changes nothing", () => {
    const { peer, channel, faults } = startScripted();
    void peer.request("a", {});
    channel.receive({ jsonrpc: "2.0", id: 7, result: {} });
    channel.receive({ jsonrpc: "2.0", id: "1", result: {} });
    expect(faults).toEqual([
      { kind: "unknown-id", id: 7 },
      { kind: "unknown-id", id: "1" },
    ]);
    expect(peer.pending).toBe(1);
  });

  test("a second answer to one request is a fault and changes nothing", async () => {
    const { peer, channel, faults } = startScripted();
    const answer = peer.request("a", {});
    channel.receive({ jsonrpc: "2.0", id: 1, result: "first" });
    channel.receive({ jsonrpc: "2.0", id: 1, result: "second" });
    expect(await answer).toBe("first");
    expect(faults).toEqual([{ kind: "unknown-id", id: 1 }]);
  });

  test("a request and its deadline, parent and trace travel together", () => {
    const { peer, channel } = startScripted();
    const params = { tool: "x", meta: { traceparent: "00-ab-cd-01" } };
    void peer.request("tool/call", params, { timeoutMs: 500, parent: 3 });
    expect(channel.take()).toEqual([
      request(1, "tool/call", { tool: "x", meta: { traceparent: "00-ab-cd-01", deadlineMs: 500, parent: 3 } }),
    ]);
    expect(params.meta).toEqual({ traceparent: "00-ab-cd-01" });
  });

  test("a request without deadline and parent has no meta", () => {
    const { peer, channel, clock } = startScripted();
    void peer.request("a", { x: 1 }, { timeoutMs: Number.POSITIVE_INFINITY });
    expect(channel.take()).toEqual([request(1, "a", { x: 1 })]);
    expect(clock.armed).toBe(0);
  });

  test("id and method come before the params on the wire", () => {
    const { peer, channel } = startScripted();
    void peer.request("a", { x: 1 }, { timeoutMs: 5 });
    expect(JSON.stringify(channel.take()[0])).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":1,"meta":{"deadlineMs":5}}}',
    );
  });

  test("params that are no JSON reject as invalid and are not sent", async () => {
    const { peer, channel } = startScripted();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(await rejection(peer.request("a", cycle))).toMatchObject({
      name: "TauError",
      code: "invalid-params",
      executed: "no",
    });
    expect(await rejection(peer.request("a", { n: 1n }))).toMatchObject({ code: "invalid-params", executed: "no" });
    expect({ sent: channel.take(), pending: peer.pending }).toEqual({ sent: [], pending: 0 });
  });
});

describe("cancelling and deadlines", () => {
  test("a request cancelled before it is made is never sent", async () => {
    const { peer, channel } = startScripted();
    const error = await rejection(peer.request("a", {}, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "cancelled", executed: "no", message: "`a` was cancelled by its caller." });
    expect(channel.take()).toEqual([]);
  });

  test("a cancelled request rejects at once and tells the other side", async () => {
    const { peer, channel } = startScripted();
    const controller = new AbortController();
    const answer = peer.request("a", {}, { signal: controller.signal });
    channel.take();
    controller.abort(new Error("the user pressed Escape"));
    expect(await rejection(answer)).toMatchObject({
      code: "cancelled",
      executed: "maybe",
      message: "`a` was cancelled by its caller (the user pressed Escape).",
    });
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", method: "$/cancel", params: { id: 1, reason: "cancelled" } }]);
  });

  test("a cancel after the answer does nothing", async () => {
    const { peer, channel, clock } = startScripted();
    const controller = new AbortController();
    const answer = peer.request("a", {}, { signal: controller.signal });
    channel.receive({ jsonrpc: "2.0", id: 1, result: "done" });
    channel.take();
    controller.abort();
    expect(await answer).toBe("done");
    expect({ sent: channel.take(), armed: clock.armed }).toEqual({ sent: [], armed: 0 });
  });

  test("the late answer of a cancelled request is no fault and is expected only once", () => {
    const { peer, channel, faults, unanswered, clock } = startScripted();
    const controller = new AbortController();
    peer.request("a", {}, { signal: controller.signal }).catch(() => {});
    controller.abort();
    expect(peer.pending).toBe(1);
    channel.receive({ jsonrpc: "2.0", id: 1, result: "late" });
    clock.advance(60_000);
    expect({ faults, unanswered, pending: peer.pending }).toEqual({ faults: [], unanswered: [], pending: 0 });
    channel.receive({ jsonrpc: "2.0", id: 1, result: "again" });
    expect(faults).toEqual([{ kind: "unknown-id", id: 1 }]);
  });

  test("an answer later than the deadline is no answer", async () => {
    const { peer, channel, clock } = startScripted();
    const answer = peer.request("a", {}, { timeoutMs: 100 });
    channel.take();
    clock.advance(99);
    expect(channel.take()).toEqual([]);
    clock.advance(1);
    expect(await rejection(answer)).toMatchObject({
      code: "timed-out",
      executed: "maybe",
      retryable: true,
      message: "Expected an answer to `a` within 100 ms, got none.",
    });
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", method: "$/cancel", params: { id: 1, reason: "timed-out" } }]);
  });

  test("an answer in time ends the deadline", async () => {
    const { peer, channel, clock, unanswered } = startScripted();
    const answer = peer.request("a", {}, { timeoutMs: 100 });
    channel.receive({ jsonrpc: "2.0", id: 1, result: 1 });
    channel.take();
    clock.advance(60_000);
    expect(await answer).toBe(1);
    expect({ sent: channel.take(), unanswered, armed: clock.armed }).toEqual({ sent: [], unanswered: [], armed: 0 });
  });

  test("each of many requests has its own deadline, whatever the order they were made in", async () => {
    const { peer, clock } = startScripted();
    const expired: number[] = [];
    for (const timeoutMs of [300, 100, 200, 100.5]) {
      peer.request("a", {}, { timeoutMs }).catch(() => expired.push(timeoutMs));
    }
    const seen: number[][] = [];
    for (const step of [99, 1, 1, 98, 1, 100]) {
      clock.advance(step);
      await flush();
      seen.push(expired.splice(0));
    }
    expect(seen).toEqual([[], [100], [100.5], [], [200], [300]]);
  });

  test("a deadline among very many others is kept", async () => {
    const { peer, clock } = startScripted();
    const late = Array.from({ length: 200_000 }, () => peer.request("a", {}, { timeoutMs: 2000 }));
    const early = rejection(peer.request("b", {}, { timeoutMs: 1000 }));
    clock.advance(1000);
    expect(await early).toMatchObject({ code: "timed-out" });
    peer.close();
    await Promise.allSettled(late);
  });

  test("whoever does not answer a cancel within the grace period is reported once", () => {
    const { peer, clock, unanswered } = startScripted({ cancelGraceMs: 1000 });
    const controller = new AbortController();
    peer.request("a", {}, { signal: controller.signal }).catch(() => {});
    peer.request("b", {}, { timeoutMs: 500 }).catch(() => {});
    controller.abort();
    clock.advance(999);
    expect(unanswered).toEqual([]);
    clock.advance(1);
    expect(unanswered).toEqual([{ id: 1, method: "a", reason: "cancelled" }]);
    clock.advance(60_000);
    expect(unanswered).toEqual([
      { id: 1, method: "a", reason: "cancelled" },
      { id: 2, method: "b", reason: "timed-out" },
    ]);
    expect(peer.pending).toBe(0);
  });

  test("an oversized answer to a cancelled request is its answer", () => {
    const { peer, channel, clock, unanswered } = startScripted();
    const controller = new AbortController();
    peer.request("a", {}, { signal: controller.signal }).catch(() => {});
    controller.abort();
    channel.fault({ kind: "oversized", head: '{"jsonrpc":"2.0","id":1,"result":{"text":"aaa', bytes: 99_000_000 });
    clock.advance(60_000);
    expect({ unanswered, pending: peer.pending }).toEqual({ unanswered: [], pending: 0 });
  });

  test("no listener stays on a signal that outlives its requests", async () => {
    const { peer, channel } = startScripted();
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    for (const id of [1, 2, 3]) {
      const answer = peer.request("a", {}, { signal });
      channel.receive({ jsonrpc: "2.0", id, result: {} });
      await answer;
    }
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([3, 3]);
  });
});

describe("progress", () => {
  test("partial answers arrive in order and before the answer", async () => {
    const seen: unknown[] = [];
    const [left] = startPair(
      {},
      {
        requests: {
          count: async (_params, context) => {
            context.progress(1);
            await flush();
            context.progress(2);
            context.progress({ text: "3" });
            return "done";
          },
        },
      },
    );
    seen.push(await left.request("count", {}, { onProgress: (value) => seen.push(value) }));
    expect(seen).toEqual([1, 2, { text: "3" }, "done"]);
  });

  test("progress after the answer is not sent", async () => {
    let report: (value: unknown) => void = () => {};
    const { channel } = startScripted({
      requests: {
        quick: (_params, context) => {
          report = (value) => context.progress(value);
          return {};
        },
      },
    });
    channel.receive(request(1, "quick"));
    report("late");
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  test("progress on a request nobody made is a fault", () => {
    const { channel, faults } = startScripted();
    channel.receive({ jsonrpc: "2.0", method: "$/progress", params: { id: 4, value: 1 } });
    channel.receive({ jsonrpc: "2.0", method: "$/progress", params: { value: 1 } });
    expect(faults).toEqual([
      { kind: "unknown-id", id: 4 },
      { kind: "unknown-id", id: undefined },
    ]);
  });

  test("a caller's progress callback that throws is a fault, and the answer still comes", async () => {
    const { peer, channel, faults } = startScripted();
    const broken = new Error("broken on purpose");
    const onProgress = (): never => {
      throw broken;
    };
    const answer = peer.request("a", {}, { onProgress });
    channel.receive({ jsonrpc: "2.0", method: "$/progress", params: { id: 1, value: 1 } });
    channel.receive({ jsonrpc: "2.0", id: 1, result: "done" });
    expect(await answer).toBe("done");
    expect(faults).toEqual([{ kind: "handler-failed", method: "$/progress", error: broken }]);
  });

  test("progress on a cancelled request is neither told nor a fault", () => {
    const { peer, channel, faults } = startScripted();
    const controller = new AbortController();
    const seen: unknown[] = [];
    peer.request("a", {}, { signal: controller.signal, onProgress: (value) => seen.push(value) }).catch(() => {});
    channel.receive({ jsonrpc: "2.0", method: "$/progress", params: { id: 1, value: "before" } });
    controller.abort();
    channel.receive({ jsonrpc: "2.0", method: "$/progress", params: { id: 1, value: "after" } });
    expect({ seen, faults }).toEqual({ seen: ["before"], faults: [] });
  });

  test("progress that is no JSON is a fault and the answer still comes", () => {
    const { channel, faults } = startScripted({
      requests: {
        odd: (_params, context) => {
          context.progress(1n);
          return "done";
        },
      },
    });
    channel.receive(request(1, "odd"));
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", id: 1, result: "done" }]);
    expect(faults).toEqual([{ kind: "handler-failed", method: "$/progress", error: expect.any(TypeError) }]);
  });
});

describe("serving", () => {
  test("a result of nothing is an empty object on the wire", () => {
    const { channel } = startScripted({ requests: { quiet: () => undefined } });
    channel.receive(request(1, "quiet"));
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  test("absent params are read as an empty object", () => {
    const { channel } = startScripted({ requests: { echo: (params) => params } });
    channel.receive(request(1, "echo"));
    channel.receive({ ...request(2, "echo"), params: [1] });
    expect(channel.take()).toEqual([
      { jsonrpc: "2.0", id: 1, result: {} },
      { jsonrpc: "2.0", id: 2, result: {} },
    ]);
  });

  test("a handler is told the id and meta of its request", () => {
    const { channel } = startScripted({ requests: { who: (_params, { id, meta }) => ({ id, meta }) } });
    channel.receive(request(5, "who", { meta: { deadlineMs: 9 } }));
    channel.receive(request(6, "who", { meta: "junk" }));
    expect(channel.take()).toEqual([
      { jsonrpc: "2.0", id: 5, result: { id: 5, meta: { deadlineMs: 9 } } },
      { jsonrpc: "2.0", id: 6, result: { id: 6, meta: {} } },
    ]);
  });

  test("an unknown method is refused and was not executed", () => {
    const { channel } = startScripted();
    channel.receive(request(1, "nope"));
    channel.receive(request(2, "toString"));
    expect(channel.take()).toEqual([
      failure(1, -32601, "method-not-found", { retryable: false, executed: "no" }),
      failure(2, -32601, "method-not-found", { retryable: false, executed: "no" }),
    ]);
  });

  test("an unknown notification is ignored", () => {
    const { channel, faults } = startScripted();
    channel.receive({ jsonrpc: "2.0", method: "news", params: {} });
    channel.receive({ jsonrpc: "2.0", method: "toString" });
    expect({ faults, sent: channel.take() }).toEqual({ faults: [], sent: [] });
  });

  test("a notification handler that throws is a fault and the next notification is handled", () => {
    const seen: unknown[] = [];
    const broken = new Error("broken");
    const { channel, faults } = startScripted({
      notifications: {
        note: ({ n }) => {
          seen.push(n);
          if (n === 1) throw broken;
        },
      },
    });
    channel.receive({ jsonrpc: "2.0", method: "note", params: { n: 1 } });
    channel.receive({ jsonrpc: "2.0", method: "note", params: { n: 2 } });
    expect({ seen, faults }).toEqual({
      seen: [1, 2],
      faults: [{ kind: "handler-failed", method: "note", error: broken }],
    });
  });

  test("a repeated id is not run a second time and not answered", () => {
    let runs = 0;
    const { channel, faults } = startScripted({ requests: { run: () => ++runs } });
    for (const id of [2, 2, 1, 3]) channel.receive(request(id, "run"));
    expect(runs).toBe(2);
    expect(channel.take()).toEqual([
      { jsonrpc: "2.0", id: 2, result: 1 },
      { jsonrpc: "2.0", id: 3, result: 2 },
    ]);
    expect(faults).toEqual([
      { kind: "repeated-id", id: 2 },
      { kind: "repeated-id", id: 1 },
    ]);
  });

  test("ids that are none are faults and are not answered", () => {
    const { channel, faults } = startScripted({ requests: { run: () => ({}) } });
    for (const id of [0, -1, 1.5, 2 ** 53, "1", null, {}]) channel.receive({ jsonrpc: "2.0", id, method: "run" });
    expect(faults.map((fault) => fault.kind)).toEqual(Array(7).fill("invalid-message"));
    expect(channel.take()).toEqual([]);
  });

  test("objects that are no messages are faults", () => {
    const { channel, faults } = startScripted();
    channel.receive({ hello: "world" });
    channel.receive({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "?" } });
    expect(faults).toEqual([
      { kind: "invalid-message", text: '{"hello":"world"}' },
      { kind: "invalid-message", text: '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}' },
    ]);
  });

  test("a cancel aborts the handler's signal with an AbortError, and the handler's end is the one answer", async () => {
    const { channel, peer } = startScripted({
      requests: {
        wait: (_params, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      },
    });
    channel.receive(request(1, "wait"));
    expect(peer.serving).toBe(1);
    channel.receive({ jsonrpc: "2.0", method: "$/cancel", params: { id: 1, reason: "timed-out" } });
    channel.receive({ jsonrpc: "2.0", method: "$/cancel", params: { id: 1 } });
    await flush();
    expect(channel.take()).toEqual([failure(1, 1001, "cancelled", { retryable: false, executed: "maybe" })]);
    expect(peer.serving).toBe(0);
  });

  test("a signal asked for after the cancel is aborted already", async () => {
    const started = deferred<void>();
    const { channel } = startScripted({
      requests: {
        late: async (_params, context) => {
          await started.promise;
          return { aborted: context.signal.aborted, name: (context.signal.reason as Error).name };
        },
      },
    });
    channel.receive(request(1, "late"));
    channel.receive({ jsonrpc: "2.0", method: "$/cancel", params: { id: 1 } });
    started.resolve();
    await flush();
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", id: 1, result: { aborted: true, name: "AbortError" } }]);
  });

  test("a handler that ignores the cancel gives its result, once", async () => {
    const work = deferred<string>();
    const { channel } = startScripted({ requests: { stubborn: () => work.promise } });
    channel.receive(request(1, "stubborn"));
    channel.receive({ jsonrpc: "2.0", method: "$/cancel", params: { id: 1 } });
    work.resolve("anyway");
    await flush();
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", id: 1, result: "anyway" }]);
  });

  test("a cancel of what was answered, never asked or has no id is ignored", () => {
    const { channel, faults } = startScripted({ requests: { run: () => ({}) } });
    channel.receive(request(1, "run"));
    for (const params of [{ id: 1 }, { id: 9 }, {}, { id: "1" }]) {
      channel.receive({ jsonrpc: "2.0", method: "$/cancel", params });
    }
    expect({ faults, sent: channel.take() }).toEqual({ faults: [], sent: [{ jsonrpc: "2.0", id: 1, result: {} }] });
  });
});

describe("sizes and load", () => {
  const big = "x".repeat(2000);

  test("a request the other side would not read is refused here and the next one is sent", async () => {
    const { peer, channel } = startScripted();
    peer.setMaxSendBytes(1000);
    expect(await rejection(peer.request("a", { big }))).toMatchObject({ code: "message-too-large", executed: "no" });
    void peer.request("b", {});
    expect(channel.take().map((message) => "method" in message && message.method)).toEqual(["b"]);
    expect(peer.pending).toBe(1);
  });

  test("an answer the other side would not read becomes an error that says the work was done", () => {
    const { peer, channel } = startScripted({ requests: { big: () => ({ big }) } });
    peer.setMaxSendBytes(1000);
    channel.receive(request(1, "big"));
    expect(channel.take()).toEqual([failure(1, 1006, "message-too-large", { retryable: false, executed: "yes" })]);
  });

  test("an error the other side would not read becomes a short one", () => {
    const { peer, channel } = startScripted({
      requests: {
        fail: () => {
          throw new Error(big);
        },
      },
    });
    peer.setMaxSendBytes(1000);
    channel.receive(request(1, "fail"));
    expect(channel.take()).toEqual([failure(1, -32603, "internal-error", { retryable: false, executed: "maybe" })]);
  });

  test("a limit too small for any answer loses answers and nothing else", () => {
    const { peer, channel } = startScripted({ requests: { run: () => ({}) } });
    peer.setMaxSendBytes(10);
    expect(() => channel.receive(request(1, "run"))).not.toThrow();
    expect(peer.closed).toBe(false);
  });

  test("an answer this side could not read settles its request", async () => {
    const { peer, channel, faults } = startScripted();
    const answer = peer.request("a", {});
    const fault = {
      kind: "oversized",
      head: '{"jsonrpc":"2.0","id":1,"result":{"text":"aaa',
      bytes: 99_000_000,
    } as const;
    channel.fault(fault);
    expect(await rejection(answer)).toMatchObject({ code: "message-too-large", executed: "yes", retryable: false });
    expect(faults).toEqual([fault]);
  });

  test("a request this side could not read is refused and was not executed", () => {
    const { channel } = startScripted({ requests: { a: () => ({}) } });
    channel.fault({
      kind: "oversized",
      head: '{"jsonrpc":"2.0","id":1,"method":"a","params":{"text":"aaa',
      bytes: 99_000_000,
    });
    channel.receive(request(2, "a"));
    expect(channel.take()).toEqual([
      failure(1, 1006, "message-too-large", { retryable: false, executed: "no" }),
      { jsonrpc: "2.0", id: 2, result: {} },
    ]);
  });

  test("an oversized line of nobody's is a fault and nothing else", () => {
    const { peer, channel, faults } = startScripted();
    void peer.request("a", {});
    channel.take();
    channel.fault({ kind: "oversized", head: '{"jsonrpc":"2.0","method":"log","params":{"id":1', bytes: 99_000_000 });
    expect({ faults: faults.length, pending: peer.pending, sent: channel.take() }).toEqual({
      faults: 1,
      pending: 1,
      sent: [],
    });
  });

  test("requests fail fast and notifications are dropped while too much waits, and answers are not", async () => {
    const { peer, channel } = startScripted({ maxQueuedBytes: 100, requests: { run: () => ({}) } });
    channel.queuedBytes = 101;
    expect(await rejection(peer.request("a", {}))).toMatchObject({
      code: "overloaded",
      executed: "no",
      retryable: true,
    });
    expect(peer.notify("note", {})).toBe(false);
    channel.receive(request(1, "run"));
    expect(channel.take()).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
    channel.queuedBytes = 100;
    expect(peer.notify("note", {})).toBe(true);
  });

  test("a notification that can't be told is dropped and reported", () => {
    const { peer, faults } = startScripted();
    expect(peer.notify("note", { n: 1n })).toBe(false);
    expect(faults).toEqual([{ kind: "handler-failed", method: "note", error: expect.any(TypeError) }]);
  });
});

describe("what handlers throw", () => {
  class Unfriendly {
    get message(): string {
      throw new Error("no message either");
    }
    get stack(): string {
      throw new Error("nor a stack");
    }
    toString(): string {
      throw new Error("nor text");
    }
    toJSON(): unknown {
      throw new Error("nor JSON");
    }
  }
  class UnfriendlyError extends Error {
    override get message(): string {
      throw new Error("no message");
    }
  }
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error("trapped");
      },
      getPrototypeOf: () => {
        throw new Error("trapped");
      },
    },
  );
  const nameless = Object.create(null) as object;
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const thrown: Record<string, { value: unknown; message: unknown }> = {
    "an error": { value: new Error("broken"), message: "broken" },
    "an error without a message": { value: new RangeError(), message: "RangeError" },
    "a text": { value: "just text", message: "just text" },
    null: { value: null, message: "null" },
    undefined: { value: undefined, message: "undefined" },
    "a number": { value: 42, message: "42" },
    "a symbol": { value: Symbol("odd"), message: "Symbol(odd)" },
    "a BigInt": { value: 10n, message: "10" },
    "a plain object": { value: { code: 7 }, message: '{"code":7}' },
    "a cycle": { value: cycle, message: "[object Object]" },
    "an object without a prototype": { value: nameless, message: "{}" },
    "an object that throws at every touch": { value: new Unfriendly(), message: expect.any(String) },
    "an error whose message throws": { value: new UnfriendlyError(), message: expect.any(String) },
    "a proxy that throws at every touch": { value: trap, message: expect.any(String) },
  };
  for (const [name, { value, message }] of Object.entries(thrown)) {
    test(`${name} is one answer, whether thrown at once or later`, async () => {
      const { channel } = startScripted({
        requests: {
          now: () => {
            throw value;
          },
          later: async () => {
            await Promise.resolve();
            throw value;
          },
        },
      });
      channel.receive(request(1, "now"));
      channel.receive(request(2, "later"));
      await flush();
      const expected = {
        code: -32603,
        message,
        data: expect.objectContaining({ kind: "internal-error", executed: "maybe" }),
      };
      expect(channel.take()).toEqual([
        { jsonrpc: "2.0", id: 1, error: expected },
        { jsonrpc: "2.0", id: 2, error: expected },
      ]);
    });
  }

  const unsendable: Record<string, () => unknown> = {
    "a cycle": () => cycle,
    "a BigInt": () => ({ n: 1n }),
    "an object whose toJSON throws": () => new Unfriendly(),
    "a function": () => () => {},
    "a symbol": () => Symbol("odd"),
  };
  for (const [name, result] of Object.entries(unsendable)) {
    test(`a result that is ${name} becomes an error that says the work was done`, () => {
      const { channel } = startScripted({ requests: { run: result } });
      channel.receive(request(1, "run"));
      expect(channel.take()).toEqual([failure(1, -32603, "internal-error", { retryable: false, executed: "yes" })]);
    });
  }

  test("a detail that is no JSON does not cost the answer", () => {
    const { channel } = startScripted({
      requests: {
        run: () => {
          throw new TauError("denied", "no", { detail: cycle as never });
        },
      },
    });
    channel.receive(request(1, "run"));
    expect(channel.take()).toEqual([failure(1, -32603, "internal-error", { retryable: false, executed: "maybe" })]);
  });

  test("a result whose `then` throws is one answer", () => {
    const { channel } = startScripted({ requests: { run: () => trap } });
    expect(() => channel.receive(request(1, "run"))).not.toThrow();
    expect(channel.take().map((message: Message) => "id" in message && message.id)).toEqual([1]);
  });
});

describe("the end", () => {
  test("closing settles a hundred requests in flight, each once", async () => {
    const closed: (Error | undefined)[] = [];
    const { peer, channel, clock } = startScripted({ onClose: (error) => closed.push(error) });
    const answers = Array.from({ length: 100 }, () => peer.request("a", {}, { timeoutMs: 1000 }));
    expect(peer.pending).toBe(100);
    channel.close();
    const codes = (await Promise.allSettled(answers)).map(
      (each) => each.status === "rejected" && (each.reason as TauError).code,
    );
    expect(codes).toEqual(Array(100).fill("channel-closed"));
    expect({ pending: peer.pending, armed: clock.armed, closed }).toEqual({
      pending: 0,
      armed: 0,
      closed: [undefined],
    });
  });

  test("requests settle before `onClose` is told", async () => {
    const order: string[] = [];
    const { peer, channel } = startScripted({ onClose: () => order.push(`closed with ${peer.pending} pending`) });
    const answer = peer.request("a", {});
    channel.close();
    expect(order).toEqual(["closed with 0 pending"]);
    expect(await rejection(answer)).toMatchObject({ code: "channel-closed", executed: "maybe" });
  });

  test("after the end a request is refused and was not executed, and a notification is dropped", async () => {
    const { peer } = startScripted();
    peer.close();
    expect(peer.closed).toBe(true);
    expect(await rejection(peer.request("a", {}))).toMatchObject({ code: "channel-closed", executed: "no" });
    expect(peer.notify("note", {})).toBe(false);
  });

  test("the owner's own error is what pending requests get", async () => {
    const { peer } = startScripted({
      createCloseError: (method) => new TauError("extension-crashed", `crashed in ${method}`),
    });
    const answer = peer.request("a", {});
    peer.close();
    expect(await rejection(answer)).toMatchObject({ code: "extension-crashed", message: "crashed in a" });
  });

  test("the end aborts what is being served, and its result goes nowhere", async () => {
    const aborted: unknown[] = [];
    const work = deferred<string>();
    const { peer, channel, faults } = startScripted({
      requests: {
        work: (_params, context) => {
          context.signal.addEventListener("abort", () => {
            aborted.push((context.signal.reason as Error).name);
            context.progress("too late");
          });
          return work.promise;
        },
      },
    });
    channel.receive(request(1, "work"));
    channel.close();
    expect({ aborted, serving: peer.serving }).toEqual({ aborted: ["AbortError"], serving: 0 });
    work.resolve("done");
    await flush();
    expect({ sent: channel.take(), faults }).toEqual({ sent: [], faults: [] });
  });

  test("a grace period that was running ends with the channel", () => {
    const { peer, channel, clock, unanswered } = startScripted();
    peer.request("a", {}, { timeoutMs: 10 }).catch(() => {});
    clock.advance(10);
    channel.close();
    clock.advance(60_000);
    expect({ unanswered, armed: clock.armed }).toEqual({ unanswered: [], armed: 0 });
  });

  test("closing one side of a pair settles the other side's requests", async () => {
    const [left, right] = startPair({}, { requests: { hang: () => new Promise(() => {}) } });
    const answer = left.request("hang", {});
    await flush();
    right.close();
    expect(await rejection(answer)).toMatchObject({ code: "channel-closed" });
    expect([left.closed, right.closed]).toEqual([true, true]);
  });
});
