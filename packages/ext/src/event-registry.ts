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
import type { EventHandler, HandlerAnswer, HookOptions, Log } from "./api.ts";
import { asFailure } from "./failure.ts";

interface Subscription {
  handler: EventHandler;
  options: HookOptions;
}

/** The handlers of this extension, and the answers they give. */
export class EventRegistry {
  readonly #subscriptions = new Map<string, Subscription[]>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
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

  /** Runs the handlers of one event in order of registration, each on what the one before it made. */
  async decide(params: RunHookParams, request: RequestContext): Promise<HookAnswer> {
    let payload = params.payload;
    const changes = {};
    for (const { handler } of this.#subscriptions.get(params.event) ?? []) {
      const answer = await this.#ask(handler, payload, request);
      if (answer.action === "block" || answer.action === "ask") return answer;
      if (answer.action === "modify") {
        payload = { ...payload, ...answer.value };
        Object.assign(changes, answer.value);
      }
    }
    return Object.keys(changes).length === 0 ? { action: "continue" } : { action: "modify", value: changes };
  }

  async #ask(handler: EventHandler, payload: RunHookParams["payload"], request: RequestContext): Promise<HookAnswer> {
    try {
      return toHookAnswer(await handler(payload, { signal: request.signal, log: this.#log }));
    } catch (error) {
      throw asFailure(error, "hook-failed");
    }
  }

  async #observe(name: string, handler: EventHandler, payload: EventRecord["payload"]): Promise<void> {
    try {
      await handler(payload as Parameters<EventHandler>[0], { signal: new AbortController().signal, log: this.#log });
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
  const timeouts = list.flatMap(({ options }) => options.timeoutMs ?? []);
  const policies = list.flatMap(({ options }) => options.onFailure ?? []);
  if (priorities.length > 0) registration.priority = Math.min(...priorities);
  if (timeouts.length > 0) registration.timeoutMs = timeouts.reduce((sum, each) => sum + each, 0);
  if (policies.length > 0) registration.onFailure = policies.includes("closed") ? "closed" : "open";
  return registration;
}

/** An answer that is none of the known ones must not pass for "continue": it is a failure. */
function toHookAnswer(answer: HandlerAnswer | void): HookAnswer {
  if (answer === undefined) return { action: "continue" };
  if (typeof answer === "object" && answer !== null) {
    if ("action" in answer) return answer;
    if ("block" in answer) return { action: "block", reason: String(answer.block) };
    if ("modify" in answer && isRecord(answer.modify)) return { action: "modify", value: answer.modify };
    if ("ask" in answer) return { action: "ask", prompt: String(answer.ask) };
  }
  throw new TauError(
    "hook-failed",
    `Expected nothing, { block }, { modify } or { ask } from the handler, got ${JSON.stringify(answer)}.`,
  );
}

function isRecord(value: unknown): value is Record<string, never> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(message: string): TauError {
  return new TauError("registration-refused", message, { executed: "no" });
}
