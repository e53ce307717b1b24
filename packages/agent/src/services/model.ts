import type { HostServices } from "tau-host";
import { type GenerateParams, type GenerateResult, TauError } from "tau-protocol";
import type { AgentMessage } from "../message.ts";
import { streamTurn } from "../model/stream-turn.ts";
import type { ServicePlace } from "./service-place.ts";

/** The agent's model for extensions, each with a budget. */
export function modelServices(place: ServicePlace): Pick<NonNullable<HostServices["requests"]>, "model/generate"> {
  const used = new Map<string, number>();
  let sessionId: string | undefined;
  return {
    "model/generate": async (params, { extensionId, signal }) => {
      const { id } = place.loop.session();
      if (id !== sessionId) used.clear();
      sessionId = id;
      const before = used.get(extensionId) ?? 0;
      if (before >= place.modelBudgetTokens) throw overBudget(extensionId, before, place.modelBudgetTokens);
      const result = await generate(params, signal, place);
      const { inputTokens, outputTokens } = result.usage;
      used.set(extensionId, (used.get(extensionId) ?? 0) + inputTokens + outputTokens);
      return result;
    },
  };
}

async function generate(params: GenerateParams, signal: AbortSignal, place: ServicePlace): Promise<GenerateResult> {
  const { loop } = place;
  const model = params.model === undefined ? loop.model() : place.resolveModel(params.model);
  const turn = streamTurn({
    model,
    messages: params.messages.map((message) => toMessage(message, model.reference)),
    signal,
    clock: loop.clock,
    random: loop.random,
    ...(params.system === undefined ? {} : { system: params.system }),
    ...(params.maxOutputTokens === undefined ? {} : { maxOutputTokens: params.maxOutputTokens }),
  });
  for await (const part of turn) {
    if (part.type !== "finish") continue;
    const content = part.message.content.flatMap((each) =>
      each.type === "text" ? [{ type: "text" as const, text: each.text }] : [],
    );
    const { inputTokens, outputTokens } = part.usage;
    return { content, stopReason: part.stopReason, usage: { inputTokens, outputTokens } };
  }
  throw new TauError("provider-failed", `${model.reference} ended without an answer.`, { retryable: true });
}

function toMessage({ role, content }: GenerateParams["messages"][number], model: string): AgentMessage {
  if (role === "user") return { role, content };
  const texts = content.flatMap((part) => (part.type === "text" ? [part] : []));
  return { role, content: texts, model, stopReason: "stop", usage: { inputTokens: 0, outputTokens: 0 } };
}

function overBudget(extensionId: string, used: number, budget: number): TauError {
  const text = `Extension \`${extensionId}\` has used ${used} tokens of the model in this session, of ${budget} that it may use.`;
  return new TauError("denied", text, { executed: "no", detail: { used, budget } });
}
