import { readFile } from "node:fs/promises";
import type { LanguageModelV3, LanguageModelV3CallOptions, LanguageModelV3StreamPart } from "@ai-sdk/provider";
import type { JsonObject } from "tau-protocol";
import { TauError } from "tau-protocol";
import { type Clock, systemClock } from "tau-rpc";
import type { RequestHooks, ResolvedModel } from "./model.ts";
import { pause } from "./pause.ts";
import { readRequest } from "./script-request.ts";
import { answerByRules } from "./script-rules.ts";
import { type OfflineScript, parseScript, type ScriptRequest, type ScriptStep } from "./script.ts";

export const OFFLINE_REFERENCE = "offline/scripted";

const PROVIDER = "offline";
const MODEL_ID = "scripted";
const WINDOW_TOKENS = 200_000;
const PIECE_LENGTH = 24;
const CHARACTERS_PER_TOKEN = 4;

export interface ScriptedOptions {
  environment: Readonly<Record<string, string | undefined>>;
  script?: OfflineScript;
  clock?: Clock;
}

/** Where a script is, shared by everybody who asks the same resolved model. */
interface Position {
  script: Promise<OfflineScript> | undefined;
  step: number;
  calls: number;
}

/** The model that needs no network: it follows a script, or the rules of `script-rules.ts`. The same in, the same out. */
export function resolveScripted({ environment, script, clock = systemClock }: ScriptedOptions): ResolvedModel {
  const position: Position = { script: undefined, step: 0, calls: 0 };
  return {
    reference: OFFLINE_REFERENCE,
    provider: PROVIDER,
    modelId: MODEL_ID,
    contextWindowTokens: WINDOW_TOKENS,
    price: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    connect: async (hooks) => {
      position.script ??= loadScript(script, environment["TAU_SCRIPT"]);
      const loaded = await position.script;
      return scriptedModel((request) => nextStep(loaded, position, request), { position, clock, hooks });
    },
  };
}

async function loadScript(script: OfflineScript | undefined, path: string | undefined): Promise<OfflineScript> {
  if (script !== undefined) return script;
  if (path === undefined || path === "") return [];
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    const message = `The script ${path} (TAU_SCRIPT) can't be read: ${(error as Error).message}.`;
    throw new TauError("invalid-option", message, { executed: "no", cause: error });
  });
  return parseScript(text, path);
}

function nextStep(script: OfflineScript, position: Position, request: ScriptRequest): ScriptStep {
  const scripted = typeof script === "function" ? script(request) : script[position.step++];
  return scripted ?? answerByRules(request);
}

interface Setting {
  position: Position;
  clock: Clock;
  hooks: RequestHooks;
}

function scriptedModel(answer: (request: ScriptRequest) => ScriptStep, setting: Setting): LanguageModelV3 {
  return {
    specificationVersion: "v3",
    provider: PROVIDER,
    modelId: MODEL_ID,
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("offline/scripted streams only.")),
    doStream: async (options) => {
      const asked = await showToHooks(options, setting.hooks);
      const step = answer(readRequest(asked));
      if (step.delayMs !== undefined) await pause(step.delayMs, setting.clock, options.abortSignal);
      setting.hooks.onResponse?.({ status: step.error?.status ?? 200, headers: {} });
      if (step.error !== undefined) throw scriptedError(step.error);
      const parts = stepParts(step, JSON.stringify(asked.prompt).length, setting.position);
      return { stream: streamOf(parts, step, options.abortSignal, setting.clock) };
    },
  };
}

/** What would be the body of a request: whatever a hook makes of it is what the model is asked. */
async function showToHooks(
  options: LanguageModelV3CallOptions,
  { onRequest }: RequestHooks,
): Promise<LanguageModelV3CallOptions> {
  if (onRequest === undefined) return options;
  const { prompt, tools = [], maxOutputTokens } = options;
  const asked = { model: MODEL_ID, prompt, tools, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) };
  const body = await onRequest(JSON.parse(JSON.stringify(asked)) as JsonObject);
  return { ...options, ...(body as unknown as Partial<LanguageModelV3CallOptions>) };
}

/** In the shape that the errors of HTTP providers have. */
function scriptedError({
  status,
  message = "The script says so.",
  retryAfterMs,
}: NonNullable<ScriptStep["error"]>): Error {
  const responseHeaders = retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) };
  return Object.assign(new Error(message), { statusCode: status, responseHeaders });
}

function* stepParts(step: ScriptStep, promptLength: number, position: Position): Generator<LanguageModelV3StreamPart> {
  yield { type: "stream-start", warnings: [] };
  if (step.thinking !== undefined) {
    yield { type: "reasoning-start", id: "thinking" };
    for (const delta of pieces(step.thinking, step)) yield { type: "reasoning-delta", id: "thinking", delta };
    yield { type: "reasoning-end", id: "thinking" };
  }
  if (step.text !== undefined) {
    yield { type: "text-start", id: "text" };
    for (const delta of pieces(step.text, step)) yield { type: "text-delta", id: "text", delta };
    yield { type: "text-end", id: "text" };
  }
  const calls = (step.toolCalls ?? []).map(({ tool, input = {}, callId }) => ({
    toolCallId: callId ?? `call-${++position.calls}`,
    toolName: tool,
    input: typeof input === "string" ? input : JSON.stringify(input),
  }));
  for (const call of calls) yield { type: "tool-call", ...call };
  if (step.cut === true) return;
  const unified = step.stopReason ?? (calls.length > 0 ? "tool-calls" : "stop");
  yield { type: "finish", finishReason: { unified, raw: unified }, usage: usageOf(step, promptLength) };
}

function* pieces(text: string, { pieceLength = PIECE_LENGTH }: ScriptStep): Generator<string> {
  for (let start = 0; start < text.length;) {
    // A pair of surrogates stays together: half a character is none.
    const isSplit = (text.codePointAt(start + pieceLength - 1) ?? 0) > 0xffff;
    const end = start + pieceLength + (isSplit ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}

function usageOf(
  step: ScriptStep,
  promptLength: number,
): Extract<LanguageModelV3StreamPart, { type: "finish" }>["usage"] {
  const written = `${step.thinking ?? ""}${step.text ?? ""}${JSON.stringify(step.toolCalls ?? "")}`.length;
  const input = step.usage?.inputTokens ?? Math.ceil(promptLength / CHARACTERS_PER_TOKEN);
  const cached = step.usage?.cachedInputTokens ?? 0;
  const output = step.usage?.outputTokens ?? Math.ceil(written / CHARACTERS_PER_TOKEN);
  return {
    inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  };
}

function streamOf(
  parts: Iterator<LanguageModelV3StreamPart>,
  { pieceDelayMs }: ScriptStep,
  signal: AbortSignal | undefined,
  clock: Clock,
): ReadableStream<LanguageModelV3StreamPart> {
  return new ReadableStream({
    pull: async (controller) => {
      if (pieceDelayMs !== undefined) await pause(pieceDelayMs, clock, signal);
      const { value, done } = parts.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}
