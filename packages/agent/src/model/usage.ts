import type { LanguageModelUsage } from "ai";
import type { ModelUsage } from "../message.ts";
import { costOf, type ModelPrice } from "./prices.ts";

export const NO_USAGE: Readonly<ModelUsage> = { inputTokens: 0, outputTokens: 0 };

export function usageOf(usage: LanguageModelUsage, price: ModelPrice | undefined): ModelUsage {
  const { cacheReadTokens, cacheWriteTokens } = usage.inputTokenDetails;
  const { reasoningTokens } = usage.outputTokenDetails;
  const known: ModelUsage = {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    ...(cacheReadTokens === undefined ? {} : { cachedInputTokens: cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { thinkingTokens: reasoningTokens }),
  };
  const isCounted = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
  const costUsd = price === undefined || !isCounted ? undefined : costOf(known, price);
  return costUsd === undefined ? known : { ...known, costUsd };
}

/** Two usages together. The cost is known only where both are. */
export function addUsage(left: ModelUsage, right: ModelUsage): ModelUsage {
  const sum: ModelUsage = {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
  };
  for (const key of ["cachedInputTokens", "cacheWriteTokens", "thinkingTokens"] as const) {
    if (left[key] !== undefined || right[key] !== undefined) sum[key] = (left[key] ?? 0) + (right[key] ?? 0);
  }
  const costs = [left, right].filter((usage) => usage.inputTokens + usage.outputTokens > 0);
  if (costs.length > 0 && costs.every(({ costUsd }) => costUsd !== undefined)) {
    sum.costUsd = costs.reduce((total, { costUsd }) => total + (costUsd ?? 0), 0);
  }
  return sum;
}
