import {
  type EventRecord,
  EVENTS,
  type HookAnswer,
  type HookRegistration,
  isEventName,
  type RunHookParams,
  TauError,
} from "tau-protocol";
import { errorText, type RequestContext } from "tau-rpc";
import type { EventContext, EventHandler, HandlerAnswer, HookOptions, Log } from "./api.ts";
import { asFailure } from "./failure.ts";
import { HandlerContext } from "./handler-context.ts";
import { Services } from "./services.ts";
import type { HostPeer } from "./session.ts";

/** Which event it handles is known by its name only. */
type AnyHandler = (
  event: EventRecord["payload"],
  ctx: EventContext,
) => HandlerAnswer | void | Promise<HandlerAnswer | void>;

interface Subscription {
  handler: EventHandler;
  options: HookOptions;
}

/** The handlers of this extension, and the answers they give. */
export class EventRegistry {
  readonly #subscriptions = new Map<string, Subscription[]>();
  readonly #log: Log;

  readonly #peer: () => HostPeer;

  constructor(log: Log, peer: () => HostPeer) {
    this.#log = log;
    this.#peer = peer;
  }

  add(event: string, handler: EventHandler, options: HookOptions): void {
    if (!isEventName(event) && !event.startsWith("bus:")) {
      throw refuse(
        `Expected the name of an event, got \`${event}\`. The catalogue has: ${Object.keys(EVENTS).join(", ")}.`,
      );
    }
    if (typeof handler !== "function")
      throw refuse(`Expected a function that handles \`${event}\`, got ${typeof handler}.`);
    const subscriptions = this.#subscriptions.get(event) ?? [];
    subscriptions.push({ handler, options });
    subscriptions.sort((left, right) => (left.options.priority ?? 0) - (right.options.priority ?? 0));
    this.#subscriptions.set(event, subscriptions);
  }

  /** Events that are only heard of. */
  observed(): string[] {
    return [...this.#subscriptions.keys()].filter((event) => !decides(event));
  }

  /** Events that are decided on. Several handlers of one event answer the host as one hook, the strictest. */
  hooks(): HookRegistration[] {
    return [...this.#subscriptions]
      .filter(([event]) => decides(event))
      .map(([event, list]) => mergeOptions(event, list));
  }

  /** Observers run in order of arrival; one that fails is logged and disturbs nobody. */
  deliver(events: readonly EventRecord[]): void {
    for (const { name, payload } of events) {
      for (const { handler } of this.#subscriptions.get(name) ?? []) void this.#observe(name, handler, payload);
    }
  }

  /** Runs the handlers of one event in ascending priority, each on what the one before it made. The strictest answer wins. */
  async decide(params: RunHookParams, request: RequestContext): Promise<HookAnswer> {
    const subscriptions = this.#subscriptions.get(params.event);
    if (subscriptions === undefined) throw noHook(params.event);
    let payload = params.payload;
    let question: HookAnswer | undefined;
    const changes = {};
    for (const { handler } of subscriptions) {
      const answer = await this.#ask(handler, payload, request);
      if (answer.action === "block") return answer;
      if (answer.action === "ask") question ??= answer;
      if (answer.action === "modify") {
        payload = { ...payload, ...answer.value };
        Object.assign(changes, answer.value);
      }
    }
    if (Object.keys(changes).length === 0) return question ?? { action: "continue" };
    if (question !== undefined) throw twoAnswers(params.event);
    return { action: "modify", value: changes };
  }

  async #ask(handler: EventHandler, payload: RunHookParams["payload"], request: RequestContext): Promise<HookAnswer> {
    try {
      return toHookAnswer(await (handler as AnyHandler)(payload, this.#context(request)));
    } catch (error) {
      throw asFailure(error, "hook-failed");
    }
  }

  /** What is only told belongs to no request: nobody gives it up. */
  #context(request?: RequestContext): EventContext {
    if (request !== undefined) return new HandlerContext({ log: this.#log, peer: this.#peer, request });
    const services = new Services(this.#peer);
    return Object.assign(services, { log: this.#log, signal: new AbortController().signal });
  }

  async #observe(name: string, handler: EventHandler, payload: EventRecord["payload"]): Promise<void> {
    try {
      await (handler as AnyHandler)(payload, this.#context());
    } catch (error) {
      this.#log.error(
        `The handler of ${name} failed: ${errorText(error)}`,
        error instanceof Error ? (error.stack ?? null) : null,
      );
    }
  }
}

function decides(event: string): boolean {
  return isEventName(event) && EVENTS[event].kind !== "observe";
}

function mergeOptions(event: string, list: readonly Subscription[]): HookRegistration {
  const registration: HookRegistration = { event };
  const priorities = list.flatMap(({ options }) => options.priority ?? []);
  const policies = list.map(({ options }) => options.onFailure);
  if (priorities.length > 0) registration.priority = Math.min(...priorities);
  if (list.some(({ options }) => options.timeoutMs !== undefined)) {
    registration.timeoutMs = list.reduce((sum, { options }) => sum + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS), 0);
  }
  // Without a word from one of them, the catalogue decides, which may be stricter than "open".
  if (policies.includes("closed")) registration.onFailure = "closed";
  else if (policies.every((policy) => policy === "open")) registration.onFailure = "open";
  return registration;
}

/** What the host gives a hook that asks for no other time (spec/protocol.md, K-11). */
const DEFAULT_TIMEOUT_MS = 30_000;

/** An answer that is none of the known ones must not pass for "continue": it is a failure. */
function toHookAnswer(answer: HandlerAnswer | void): HookAnswer {
  if (answer === undefined) return { action: "continue" };
  const known = isRecord(answer) ? (readInFull(answer) ?? readShort(answer)) : undefined;
  if (known !== undefined) return known;
  throw new TauError(
    "hook-failed",
    `Expected nothing, { block }, { modify } or { ask } from the handler, got ${show(answer)}.`,
  );
}

function readInFull({ action, reason, prompt, value }: Readonly<Record<string, unknown>>): HookAnswer | undefined {
  if (action === "continue") return { action };
  if (action === "block" && typeof reason === "string") return { action, reason };
  if (action === "ask" && typeof prompt === "string") return { action, prompt };
  return action === "modify" && isRecord(value) ? { action, value } : undefined;
}

/** Of one field only: half of an answer with two would be lost. */
function readShort(answer: Readonly<Record<string, unknown>>): HookAnswer | undefined {
  const { block, ask, modify } = answer;
  if (["action", "block", "ask", "modify"].filter((field) => field in answer).length !== 1) return undefined;
  if (typeof block === "string") return { action: "block", reason: block };
  if (typeof ask === "string") return { action: "ask", prompt: ask };
  return isRecord(modify) ? { action: "modify", value: modify } : undefined;
}

/** "continue" would let pass what nobody has looked at (spec/protocol.md, K-13). */
function noHook(event: string): TauError {
  return new TauError("invalid-params", `This extension has no hook on \`${event}\`.`, { executed: "no" });
}

function twoAnswers(event: string): TauError {
  return new TauError(
    "hook-failed",
    `Expected the handlers of \`${event}\` to change the event or to ask about it, got both. Ask in an extension of its own.`,
  );
}

function show(answer: unknown): string {
  try {
    return JSON.stringify(answer) ?? typeof answer;
  } catch {
    return "an object that is not JSON";
  }
}

function isRecord(value: unknown): value is Record<string, never> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no" });
}
