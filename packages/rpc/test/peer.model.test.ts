import { fc, test } from "@fast-check/vitest";
import { type TauError, WIRE_CODES } from "tau-protocol";
import { createPeer, type Peer, type PeerFault, type UnansweredRequest } from "tau-rpc";
import { expect } from "vitest";
import { flush, ManualClock, ScriptedChannel } from "./support.ts";

const GRACE_MS = 1000;

/** What must have become of one request of ours. */
interface OwnRequest {
  id: number;
  deadline: number;
  outcome: "pending" | "answered" | "failed" | "cancelled" | "timed-out" | "channel-closed";
  /** Given up, and until then the other side may still answer. */
  owedUntil: number | undefined;
  unanswered: boolean;
}

interface Model {
  now: number;
  closed: boolean;
  requests: OwnRequest[];
  /** Ids of the other side's requests: how many answers each must have got. */
  served: Map<number, { answers: number; aborted: boolean; running: boolean }>;
}

interface Real {
  peer: Peer<Record<string, { params: object; result: unknown }>, Record<string, object>>;
  channel: ScriptedChannel;
  clock: ManualClock;
  settlements: string[][];
  controllers: AbortController[];
  work: Map<number, { signal: AbortSignal; finish: (ok: boolean) => void }>;
  unanswered: number[];
  faults: PeerFault[];
  closes: number;
}

type Step = fc.AsyncCommand<Model, Real, true>;

/** Does something to the model and to the real peer, and holds one against the other. */
function step(name: string, act: (model: Model, real: Real) => void): Step {
  return {
    check: async () => true,
    run: async (model, real) => {
      act(model, real);
      await flush();
      compare(model, real);
    },
    toString: () => name,
  };
}

function request(timeoutMs: number | undefined): Step {
  return step(`request(${timeoutMs})`, (model, real) => {
    const index = real.settlements.push([]) - 1;
    const controller = new AbortController();
    real.controllers.push(controller);
    const options = { signal: controller.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    real.peer.request("work", {}, options).then(
      () => real.settlements[index]?.push("answered"),
      (error: TauError) => real.settlements[index]?.push(error.code === "tool-failed" ? "failed" : error.code),
    );
    model.requests.push({
      id: index + 1,
      deadline: model.now + (timeoutMs ?? Number.POSITIVE_INFINITY),
      outcome: model.closed ? "channel-closed" : "pending",
      owedUntil: undefined,
      unanswered: false,
    });
  });
}

/** An answer to any of our requests, or to one we never made. */
function answer(pick: number, ok: boolean): Step {
  return step(`answer(${pick}, ${ok})`, (model, real) => {
    if (model.closed) return;
    const own = model.requests[pick % Math.max(1, model.requests.length)];
    const outcome = ok ? { result: {} } : { error: { code: WIRE_CODES["tool-failed"], message: "broken" } };
    real.channel.receive({ jsonrpc: "2.0", id: own?.id ?? 1, ...outcome });
    if (own === undefined) return;
    if (own.outcome === "pending") own.outcome = ok ? "answered" : "failed";
    own.owedUntil = undefined;
  });
}

function cancel(pick: number): Step {
  return step(`cancel(${pick})`, (model, real) => {
    const index = pick % Math.max(1, model.requests.length);
    real.controllers[index]?.abort();
    const own = model.requests[index];
    if (own?.outcome !== "pending") return;
    own.outcome = "cancelled";
    own.owedUntil = model.now + GRACE_MS;
  });
}

function advance(ms: number): Step {
  return step(`advance(${ms})`, (model, real) => {
    real.clock.advance(ms);
    model.now += ms;
    for (const own of model.requests) {
      if (own.outcome === "pending" && own.deadline <= model.now) {
        own.outcome = "timed-out";
        own.owedUntil = own.deadline + GRACE_MS;
      }
      if (own.owedUntil === undefined || own.owedUntil > model.now) continue;
      own.owedUntil = undefined;
      own.unanswered = true;
    }
  });
}

function beAsked(id: number): Step {
  return step(`beAsked(${id})`, (model, real) => {
    if (model.closed) return;
    real.channel.receive({ jsonrpc: "2.0", id, method: "work" });
    if (id <= Math.max(0, ...model.served.keys())) return;
    model.served.set(id, { answers: 0, aborted: false, running: true });
  });
}

function beCancelled(id: number): Step {
  return step(`beCancelled(${id})`, (model, real) => {
    if (model.closed) return;
    real.channel.receive({ jsonrpc: "2.0", method: "$/cancel", params: { id } });
    const served = model.served.get(id);
    if (served?.running === true) served.aborted = true;
  });
}

/** The handler of the other side's request is done. */
function finish(id: number, ok: boolean): Step {
  return step(`finish(${id}, ${ok})`, (model, real) => {
    real.work.get(id)?.finish(ok);
    const served = model.served.get(id);
    if (served?.running !== true) return;
    served.running = false;
    served.answers = model.closed ? 0 : 1;
  });
}

const close = step("close()", (model, real) => {
  real.peer.close();
  model.closed = true;
  for (const own of model.requests) {
    if (own.outcome === "pending") own.outcome = "channel-closed";
    own.owedUntil = undefined;
  }
  for (const served of model.served.values()) if (served.running) served.aborted = true;
});

const pick = fc.nat({ max: 5 });
const anyId = fc.integer({ min: 1, max: 6 });
const steps = [
  fc.option(fc.constantFrom(100, 500, 2000), { nil: undefined }).map(request),
  fc.constantFrom(100, 500, 2000, undefined).map(request),
  fc.tuple(pick, fc.boolean()).map((each) => answer(...each)),
  pick.map(cancel),
  fc.constantFrom(50, 100, 400, GRACE_MS).map(advance),
  anyId.map(beAsked),
  anyId.map(beCancelled),
  fc.tuple(anyId, fc.boolean()).map((each) => finish(...each)),
  fc.nat({ max: 9 }).map((dice) => (dice === 0 ? close : advance(1))),
];

test.prop([fc.commands(steps, { maxCommands: 60, size: "max" })], { numRuns: 300 })(
  "whatever happens in whatever order, each request settles once and as it must",
  async (commands) => {
    await fc.asyncModelRun(() => ({ model: startModel(), real: startReal() }), commands);
  },
);

test.prop([fc.commands(steps, { maxCommands: 40, size: "max" })], { numRuns: 100 })(
  "after the end nothing is left: no request, no timer",
  async (commands) => {
    const real = startReal();
    await fc.asyncModelRun(() => ({ model: startModel(), real }), commands);
    real.peer.close();
    await flush();
    expect(real.settlements.map((each) => each.length)).toEqual(real.settlements.map(() => 1));
    expect({
      pending: real.peer.pending,
      serving: real.peer.serving,
      armed: real.clock.armed,
      closes: real.closes,
    }).toEqual({
      pending: 0,
      serving: 0,
      armed: 0,
      closes: 1,
    });
  },
);

function compare(model: Model, real: Real): void {
  expect(real.settlements).toEqual(model.requests.map(({ outcome }) => (outcome === "pending" ? [] : [outcome])));
  const unanswered = model.requests.filter((own) => own.unanswered).map((own) => own.id);
  expect(real.unanswered.toSorted((a, b) => a - b)).toEqual(unanswered);
  for (const [served, { answers, aborted }] of model.served) {
    expect(
      real.channel.sent.filter((message) => "id" in message && message.id === served && !("method" in message)).length,
    ).toBe(answers);
    expect(real.work.get(served)?.signal.aborted).toBe(aborted);
  }
  const open = model.requests.filter(({ outcome, owedUntil }) => outcome === "pending" || owedUntil !== undefined);
  expect(real.peer.pending).toBe(open.length);
}

function startModel(): Model {
  return { now: 0, closed: false, requests: [], served: new Map() };
}

function startReal(): Real {
  const channel = new ScriptedChannel();
  const clock = new ManualClock();
  const work: Real["work"] = new Map();
  const unanswered: number[] = [];
  const faults: PeerFault[] = [];
  const real = { channel, clock, settlements: [], controllers: [], work, unanswered, faults, closes: 0 };
  const peer: Real["peer"] = createPeer(channel, {
    clock,
    cancelGraceMs: GRACE_MS,
    onFault: (fault) => faults.push(fault),
    onClose: () => {
      started.closes++;
    },
    onUnanswered: (request: UnansweredRequest) => unanswered.push(request.id),
    requests: {
      work: (_params, { id: served, signal }) =>
        new Promise((resolve, reject) => {
          const finish = (ok: boolean): void => (ok ? resolve({}) : reject(new Error("broken")));
          work.set(served, { signal, finish });
        }),
    },
  });
  const started: Real = Object.assign(real, { peer });
  return started;
}
