import { TauError } from "tau-protocol";
import type { JsonObject } from "tau-protocol";

/** A call in a script. `input` as text stands for itself, so that a script can hold what is no JSON. */
export interface ScriptedCall {
  tool: string;
  /** @default {} */
  input?: JsonObject | string;
  /** @default `call-<n>`, counting */
  callId?: string;
}

/** One answer of the offline model. Thinking comes first, then text, then the calls. */
export interface ScriptStep {
  thinking?: string;
  text?: string;
  /** All in one answer: the agent may run them at the same time. */
  toolCalls?: ScriptedCall[];
  /** The request fails with this status of HTTP. A failed request and its retry are two steps. */
  error?: { status: number; message?: string; retryAfterMs?: number };
  /** Ends the answer where it is, as a cut connection does. */
  cut?: boolean;
  /** Before the answer begins. @default 0 */
  delayMs?: number;
  /** Before each piece of it. @default 0 */
  pieceDelayMs?: number;
  /** Characters in one piece of text. @default 24 */
  pieceLength?: number;
  stopReason?: "stop" | "tool-calls" | "length" | "content-filter" | "other";
  /** @default counted from the texts, four characters for a token */
  usage?: { inputTokens: number; outputTokens: number; cachedInputTokens?: number };
}

/** What the offline model is asked. */
export interface ScriptRequest {
  /** The text of the last message of the user. */
  prompt: string;
  /** Results of the calls since then, oldest first. */
  results: { callId: string; tool: string; text: string; isError: boolean }[];
  /** How many answers it has given since then. */
  answers: number;
  system: string;
  tools: string[];
}

/** Steps, one for each request; after the last one the rules of `offline/scripted` hold. Or a function: `undefined` is the rules, too. */
export type OfflineScript = readonly ScriptStep[] | ((request: ScriptRequest) => ScriptStep | undefined);

const STEP_FIELDS: Readonly<Record<keyof ScriptStep, (value: unknown) => boolean>> = {
  thinking: isText,
  text: isText,
  toolCalls: (value) => Array.isArray(value) && value.every(isCall),
  error: (value) => isObject(value) && typeof value["status"] === "number",
  cut: (value) => typeof value === "boolean",
  delayMs: isCount,
  pieceDelayMs: isCount,
  pieceLength: (value) => isCount(value) && value !== 0,
  stopReason: isText,
  usage: (value) => isObject(value) && isCount(value["inputTokens"]) && isCount(value["outputTokens"]),
};

/**
 * Reads a script: a JSON array of steps.
 * @throws TauError `invalid-option`
 */
export function parseScript(text: string, path: string): ScriptStep[] {
  const steps = parseJson(text, path);
  if (!Array.isArray(steps)) throw invalid(path, `an array of steps, got ${typeof steps}`);
  for (const [index, step] of steps.entries()) {
    if (!isObject(step)) throw invalid(path, `step ${index + 1} to be an object`);
    for (const [field, value] of Object.entries(step)) {
      const check = Object.hasOwn(STEP_FIELDS, field) ? STEP_FIELDS[field as keyof ScriptStep] : undefined;
      const known = Object.keys(STEP_FIELDS).join(", ");
      if (check === undefined)
        throw invalid(path, `step ${index + 1} to have no field \`${field}\` (there are ${known})`);
      if (!check(value)) throw invalid(path, `another \`${field}\` in step ${index + 1} than ${JSON.stringify(value)}`);
    }
  }
  return steps as ScriptStep[];
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, `JSON: ${(error as Error).message}`);
  }
}

function invalid(path: string, expected: string): TauError {
  const text = `The script ${path} (TAU_SCRIPT) can't be used: expected ${expected}. docs/models.md says what a script may hold.`;
  return new TauError("invalid-option", text, { executed: "no" });
}

function isCall(value: unknown): boolean {
  return isObject(value) && typeof value["tool"] === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}
