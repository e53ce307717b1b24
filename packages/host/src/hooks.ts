import { isDeepStrictEqual } from "node:util";
import {
  type EventName,
  EVENTS,
  type EventSpecification,
  type HookAnswer,
  type HookRegistration,
  type JsonObject,
  type OnFailure,
  TauError,
} from "tau-protocol";
import { errorText } from "tau-rpc";
import { asRecord } from "./as-record.ts";
import type { Lease } from "./lease.ts";
import { show } from "./show.ts";

/** One extension's hook on one event. */
export interface Hook {
  extensionId: string;
  registration: HookRegistration;
  /** The version that decides. Given back when the decision is over. */
  lease: Lease;
}

export interface DecideOptions {
  signal?: AbortSignal;
  /** Asks the user. Absent: there is none, and to ask means to block. */
  ask?: (question: { extensionId: string; prompt: string }) => Promise<boolean>;
  /** Told of every failed hook, whatever becomes of the event. */
  onFailure: (error: TauError) => void;
}

/** What became of an event. */
export type Decision =
  | { action: "continue"; payload: JsonObject }
  | { action: "block"; reason: string; extensionId: string };

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Asks every hook in turn, by priority and then by id, each about what the ones before it made of the payload. The hooks of a
 * gate that answered about a payload that was changed afterwards are asked once more about the final one, where changing is
 * over: a gate never passes something it has not seen (spec/protocol.md, K-5 and K-9).
 */
export async function decide(
  event: EventName,
  payload: JsonObject,
  hooks: readonly Hook[],
  options: DecideOptions,
): Promise<Decision> {
  try {
    return await askAll(event, payload, hooks, options);
  } finally {
    for (const { lease } of hooks) lease.release();
  }
}

async function askAll(
  event: EventName,
  payload: JsonObject,
  hooks: readonly Hook[],
  options: DecideOptions,
): Promise<Decision> {
  const ordered = [...hooks].sort(byPriority);
  let current = payload;
  let lastChange = 0;
  for (const [index, hook] of ordered.entries()) {
    const answer = await askHook(event, current, hook, options);
    if (answer.action === "block") return { ...answer, extensionId: hook.extensionId };
    if (answer.action === "modify") {
      current = { ...current, ...answer.value };
      lastChange = index;
    }
  }
  const again = EVENTS[event].kind === "gate" ? ordered.slice(0, lastChange) : [];
  const answers = await Promise.all(
    again.map(async (hook) => ({ hook, answer: await askFinal(event, current, hook, options) })),
  );
  const blocked = answers.find(({ answer }) => answer.action === "block");
  if (blocked?.answer.action === "block") return { ...blocked.answer, extensionId: blocked.hook.extensionId };
  return { action: "continue", payload: current };
}

type Settled = { action: "continue" } | { action: "modify"; value: JsonObject } | { action: "block"; reason: string };

async function askHook(event: EventName, payload: JsonObject, hook: Hook, options: DecideOptions): Promise<Settled> {
  let answer: HookAnswer;
  try {
    answer = readAnswer(event, await request(event, payload, hook, options));
  } catch (error) {
    return settleFailure(event, hook, error, options);
  }
  if (answer.action === "modify") return { ...answer, value: pickChanges(event, answer.value, hook, options) };
  return answer.action === "ask" ? askUser(hook, answer.prompt, options) : answer;
}

/** What an event does not list can't be changed, such as the tool that a call is for (spec/protocol.md, K-6). */
function pickChanges(event: EventName, value: JsonObject, hook: Hook, { onFailure }: DecideOptions): JsonObject {
  const { changes = [] }: EventSpecification = EVENTS[event];
  const ignored = Object.keys(value).filter((field) => !changes.includes(field));
  if (ignored.length === 0) return value;
  const text = `Extension \`${hook.extensionId}\` may change ${changes.join(", ")} of ${event}, not ${ignored.join(", ")}: ignored.`;
  onFailure(new TauError("hook-failed", text, { extensionId: hook.extensionId }));
  return Object.fromEntries(Object.entries(value).filter(([field]) => changes.includes(field)));
}

/** The second round: the payload is final, so a change is a failure. */
async function askFinal(event: EventName, payload: JsonObject, hook: Hook, options: DecideOptions): Promise<Settled> {
  const answer = await askHook(event, payload, hook, options);
  if (answer.action !== "modify" || isUnchanged(payload, answer.value)) return answer;
  return settleFailure(event, hook, new Error("it changed the event again after the last change"), options);
}

function isUnchanged(payload: JsonObject, changes: JsonObject): boolean {
  return Object.entries(changes).every(([key, value]) => isDeepStrictEqual(payload[key], value));
}

function request(event: EventName, payload: JsonObject, hook: Hook, { signal }: DecideOptions): Promise<unknown> {
  const timeoutMs = hook.registration.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return hook.lease.runHook({ event, payload }, { timeoutMs, signal });
}

async function askUser(hook: Hook, prompt: string, { ask }: DecideOptions): Promise<Settled> {
  if (ask === undefined) return { action: "block", reason: `${prompt} (there is no user to ask)` };
  const allowed = await askSafely(() => ask({ extensionId: hook.extensionId, prompt }));
  return allowed ? { action: "continue" } : { action: "block", reason: `The user said no: ${prompt}` };
}

/** Only a plain yes is a yes. */
async function askSafely(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await ask()) === true;
  } catch {
    return false;
  }
}

/** @throws Error for anything outside the closed set (spec/protocol.md, K-2) */
function readAnswer(event: EventName, value: unknown): HookAnswer {
  const { kind, changes: changeable }: EventSpecification = EVENTS[event];
  const { action, value: changes, reason, prompt } = asRecord(value);
  if (action === "continue") return { action };
  if (action === "block" && typeof reason === "string") return { action, reason };
  if (action === "ask" && typeof prompt === "string" && kind === "gate") return { action, prompt };
  if (action === "modify" && isRecord(changes) && changeable !== undefined) return { action, value: changes };
  const others = [...(changeable === undefined ? [] : ["modify"]), ...(kind === "gate" ? ["ask"] : [])];
  throw new Error(`it answered ${show(value)}, which is none of ${["continue", "block", ...others].join(", ")}`);
}

function settleFailure(event: EventName, hook: Hook, error: unknown, options: DecideOptions): Settled {
  const text = `The hook of extension \`${hook.extensionId}\` on ${event} failed: ${errorText(error)}`;
  options.onFailure(new TauError("hook-failed", text, { extensionId: hook.extensionId, cause: error }));
  return policyOf(event, hook.registration) === "closed" ? { action: "block", reason: text } : { action: "continue" };
}

/** The stricter of the catalogue's and the extension's word. */
function policyOf(event: EventName, { onFailure }: HookRegistration): OnFailure {
  return EVENTS[event].onFailure === "closed" || onFailure === "closed" ? "closed" : "open";
}

function byPriority(left: Hook, right: Hook): number {
  const order = (left.registration.priority ?? 0) - (right.registration.priority ?? 0);
  return order === 0 ? (left.extensionId < right.extensionId ? -1 : 1) : order;
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
