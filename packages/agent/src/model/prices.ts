import type { ModelUsage } from "../message.ts";

/** US dollars for a million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
  /** Absent: this provider bills tokens from its cache in a way that is not known here. */
  cacheRead?: number;
  cacheWrite?: number;
  /** Requests with more input than this cost something else, which is not known here. */
  upToInputTokens?: number;
}

const MILLION = 1_000_000;

/** Dollars. `undefined` where a part of it has no known price. */
export function costOf(usage: ModelUsage, price: ModelPrice): number | undefined {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  if (inputTokens > (price.upToInputTokens ?? Infinity)) return undefined;
  const plain = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens);
  if (cachedInputTokens > 0 && price.cacheRead === undefined) return undefined;
  if (cacheWriteTokens > 0 && price.cacheWrite === undefined) return undefined;
  const cached = cachedInputTokens * (price.cacheRead ?? 0) + cacheWriteTokens * (price.cacheWrite ?? 0);
  return (plain * price.input + cached + outputTokens * price.output) / MILLION;
}
