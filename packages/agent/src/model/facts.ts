import type { ModelPrice } from "./prices.ts";

export interface ModelFacts {
  /** Tokens of input that one request may have. */
  contextWindowTokens?: number;
  price?: ModelPrice;
}

interface Row extends ModelFacts {
  /** Whole names of models; the date of a release may follow. */
  models: readonly string[];
}

/**
 * What is known of some models, as of November 2026 and not looked up since: check it against the sources before you rely on it. Prices
 * are the plain ones: no batch, no priority, no region; cache writes are those for five minutes. Not listed is not known, and nothing is guessed: the cost
 * is left out then, and only `contextWindowTokens` of the agent's options makes it compact by itself.
 * Sources: https://platform.claude.com/docs/en/about-claude/pricing, https://platform.openai.com/docs/pricing,
 * https://ai.google.dev/gemini-api/docs/pricing
 */
const KNOWN: Readonly<Record<string, readonly Row[]>> = {
  anthropic: [
    {
      models: ["claude-opus-4-5", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5"],
      price: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
    },
    {
      models: ["claude-opus-4", "claude-opus-4-0", "claude-opus-4-1"],
      price: { input: 15, output: 75, cacheRead: 1.5, cacheWrite: 18.75 },
    },
    {
      models: ["claude-sonnet-4", "claude-sonnet-4-0", "claude-sonnet-4-5", "claude-sonnet-4-6"],
      price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    },
    { models: ["claude-haiku-4-5"], price: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 } },
    { models: ["claude-fable-5"], price: { input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 } },
    { models: ["claude-fable-5-1"], price: { input: 10, output: 50, cacheRead: 0.25, cacheWrite: 12.5 } },
  ],
  openai: [
    {
      models: ["gpt-5", "gpt-5.1"],
      contextWindowTokens: 272_000,
      price: { input: 1.25, output: 10, cacheRead: 0.125 },
    },
    { models: ["gpt-5-mini"], contextWindowTokens: 272_000, price: { input: 0.25, output: 2, cacheRead: 0.025 } },
    { models: ["gpt-5-nano"], contextWindowTokens: 272_000, price: { input: 0.05, output: 0.4, cacheRead: 0.005 } },
    { models: ["gpt-5.2"], contextWindowTokens: 272_000, price: { input: 1.75, output: 14, cacheRead: 0.175 } },
    { models: ["gpt-4.1"], contextWindowTokens: 1_047_576, price: { input: 2, output: 8, cacheRead: 0.5 } },
    { models: ["gpt-4.1-mini"], contextWindowTokens: 1_047_576, price: { input: 0.4, output: 1.6, cacheRead: 0.1 } },
  ],
  google: [
    {
      models: ["gemini-2.5-pro"],
      contextWindowTokens: 1_048_576,
      price: { input: 1.25, output: 10, cacheRead: 0.125, upToInputTokens: 200_000 },
    },
    {
      models: ["gemini-2.5-flash"],
      contextWindowTokens: 1_048_576,
      price: { input: 0.3, output: 2.5, cacheRead: 0.03 },
    },
    {
      models: ["gemini-2.5-flash-lite"],
      contextWindowTokens: 1_048_576,
      price: { input: 0.1, output: 0.4, cacheRead: 0.01 },
    },
  ],
};

/** Every Claude since version 3 takes at least this much. Some take more: they are compacted earlier than they would have to be. */
const CLAUDE_WINDOW_TOKENS = 200_000;

/** What is known of a model: nothing, for most. */
export function factsOf(provider: string, modelId: string): ModelFacts {
  const plain = modelId.replace(/-(\d{8}|\d{4}-\d\d-\d\d|latest)$/, "");
  const row = Object.hasOwn(KNOWN, provider)
    ? KNOWN[provider]?.find(({ models }) => models.includes(plain))
    : undefined;
  const isClaude = provider === "anthropic" && plain.startsWith("claude-");
  const contextWindowTokens = row?.contextWindowTokens ?? (isClaude ? CLAUDE_WINDOW_TOKENS : undefined);
  return {
    ...(contextWindowTokens === undefined ? {} : { contextWindowTokens }),
    ...(row?.price === undefined ? {} : { price: row.price }),
  };
}
