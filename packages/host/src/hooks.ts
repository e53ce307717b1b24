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
 * Asks the hooks about an event. Those of a transform run one after the other, by priority and then by id, each on what the ones
 * before it made of the payload. Those of a gate are asked together: a call waits for the slowest of them, not for all in turn. What one
 * of them changes, all others are asked about: a gate never passes something it has not seen (spec/protocol.md, K-5 and K-9).
 */
export async function decide(
  event: EventName,
  payload: JsonObject,
  hooks: readonly Hook[],
  options: DecideOptions,
): Promise<Decision> {
  const ordered = [...hooks].sort(byPriority);
  // What nobody waits for any more is given up: a block ends the decision.
  const over = new AbortController();
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal]);
  const asking: Asking = { event, options: { ...options, signal } };
  try {
    return EVENTS[event].kind === "gate"
      ? await askGates(payload, ordered, asking)
      : await askInTurn(payload, ordered, asking);
  } finally {
    over.abort();
    for (const { lease } of hooks) lease.release();
  }
}

interface Asking {
  event: EventName;
  options: DecideOptions;
}

async function askInTurn(payload: JsonObject, hooks: readonly Hook[], asking: Asking): Promise<Decision> {
  let current = payload;
  for (const hook of hooks) {
    const answer = settle(hook, await ask(current, hook, asking), asking);
    if (answer.action === "block") return { ...answer, extensionId: hook.extensionId };
    if (answer.action === "modify") current = { ...current, ...answer.value };
  }
  return { action: "continue", payload: current };
}

async function askGates(payload: JsonObject, hooks: readonly Hook[], asking: Asking): Promise<Decision> {
  const questions = new Map<Hook, string>();
  const read = await readInOrder(payload, hooks, asking, questions);
  if (read.blocked !== undefined) return read.blocked;
  const { current, lastChange } = read;
  // Those before the last change have judged something else.
  const again = hooks.slice(0, lastChange);
  const answers = again.map((hook) => ask(current, hook, asking));
  for (const [index, hook] of again.entries()) {
    const answer = asFinal(current, hook, settle(hook, (await answers[index]) as Outcome, asking), asking);
    if (answer.action === "block") return { ...answer, extensionId: hook.extensionId };
    questions.delete(hook);
    if (answer.action === "ask") questions.set(hook, answer.prompt);
  }
  return askTheUser(current, questions, asking.options);
}

/**
 * Reads the answers in the order of the hooks. One that changes the payload makes the answers of those after it worthless: they are
 * asked again, together, and what they thought of the old one counts for nothing.
 */
async function readInOrder(
  payload: JsonObject,
  hooks: readonly Hook[],
  asking: Asking,
  questions: Map<Hook, string>,
): Promise<{ blocked?: Decision; current: JsonObject; lastChange: number }> {
  let current = payload;
  let lastChange = 0;
  let answers = hooks.map((hook) => ask(current, hook, asking));
  for (const [index, hook] of hooks.entries()) {
    const answer = settle(hook, (await answers[index]) as Outcome, asking);
    if (answer.action === "block")
      return { blocked: { ...answer, extensionId: hook.extensionId }, current, lastChange };
    if (answer.action === "ask") questions.set(hook, answer.prompt);
    if (answer.action !== "modify") continue;
    lastChange = index;
    if (isUnchanged(current, answer.value)) continue;
    current = { ...current, ...answer.value };
    const changed = current;
    answers = hooks.map((each, place) => (place > index ? ask(changed, each, asking) : Promise.resolve(NOTHING)));
  }
  return { current, lastChange };
}

/** Only when nothing blocks: nobody is asked about what does not happen anyway. */
async function askTheUser(
  payload: JsonObject,
  questions: ReadonlyMap<Hook, string>,
  options: DecideOptions,
): Promise<Decision> {
  for (const [hook, prompt] of questions) {
    const reason = await refusal(hook, prompt, options);
    if (reason !== undefined) return { action: "block", reason, extensionId: hook.extensionId };
  }
  return { action: "continue", payload };
}

/** What a hook has answered, or why it has not. Never a rejection: some are never looked at. */
type Outcome = { value: unknown } | { error: unknown };

const NOTHING: Outcome = { value: { action: "continue" } };

async function ask(payload: JsonObject, hook: Hook, { event, options }: Asking): Promise<Outcome> {
  const timeoutMs = hook.registration.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return hook.lease.runHook({ event, payload }, { timeoutMs, signal: options.signal }).then(
    (value): Outcome => ({ value }),
    (error: unknown): Outcome => ({ error }),
  );
}

/** What an outcome means, where it counts. */
function settle(hook: Hook, outcome: Outcome, { event, options }: Asking): HookAnswer {
  try {
    if ("error" in outcome) throw outcome.error;
    const answer = readAnswer(event, outcome.value);
    if (answer.action !== "modify") return answer;
    return { ...answer, value: pickChanges(event, answer.value, hook, options) };
  } catch (error) {
    return settleFailure(event, hook, error, options);
  }
}

/** The payload is final, so a change is a failure (spec/protocol.md, K-9). */
function asFinal(payload: JsonObject, hook: Hook, answer: HookAnswer, { event, options }: Asking): HookAnswer {
  if (answer.action !== "modify" || isUnchanged(payload, answer.value)) return answer;
  return settleFailure(event, hook, new Error("it changed the event again after the last change"), options);
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

function isUnchanged(payload: JsonObject, changes: JsonObject): boolean {
  return Object.entries(changes).every(([key, value]) => isDeepStrictEqual(payload[key], value));
}

/** Why the user's answer blocks, or nothing. */
async function refusal(hook: Hook, prompt: string, { ask: askUser }: DecideOptions): Promise<string | undefined> {
  if (askUser === undefined) return `${prompt} (there is no user to ask)`;
  const allowed = await askSafely(() => askUser({ extensionId: hook.extensionId, prompt }));
  return allowed ? undefined : `The user said no: ${prompt}`;
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

function settleFailure(event: EventName, hook: Hook, error: unknown, options: DecideOptions): HookAnswer {
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
