import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { factsOf } from "../../src/model/facts.ts";
import { costOf } from "../../src/model/prices.ts";
import { resolveModel } from "../../src/model/resolve.ts";
import { addUsage } from "../../src/model/usage.ts";

describe("a model's name", () => {
  test.each([
    ["anthropics/claude", "Did you mean `anthropic`"],
    ["gpt-5", "Expected a model as `provider/model`, got `gpt-5`"],
    ["", "Providers: offline, anthropic, openai, google, openrouter, ollama, openai-compatible."],
    ["anthropic/", "For example: `anthropic/"],
    ["offline/gpt", "there is `offline/scripted`"],
    ["constructor/x", "Expected a model as `provider/model`"],
  ])("%j is unknown, and the error helps", (reference, words) => {
    const resolve = (): unknown => resolveModel(reference, { environment: {} });
    expect(resolve).toThrow(expect.objectContaining({ code: "unknown-model" }) as Error);
    expect(resolve).toThrow(words);
  });

  test.each([
    ["anthropic/x", "ANTHROPIC_API_KEY"],
    ["openai/x", "OPENAI_API_KEY"],
    ["google/x", "GOOGLE_GENERATIVE_AI_API_KEY or GEMINI_API_KEY"],
    ["openrouter/a/b", "OPENROUTER_API_KEY"],
    ["openai-compatible/x", "OPENAI_BASE_URL"],
  ])("%s without its key says which variable to set", (reference, variable) => {
    const resolve = (): unknown => resolveModel(reference, { environment: { [variable]: " " } });
    expect(resolve).toThrow(expect.objectContaining({ code: "missing-key" }) as Error);
    expect(resolve).toThrow(variable);
  });

  test("keeps everything behind the first slash", () => {
    const model = resolveModel("openrouter/qwen/qwen3:free", { environment: { OPENROUTER_API_KEY: "k" } });
    expect(model).toMatchObject({ provider: "openrouter", modelId: "qwen/qwen3:free" });
  });
});

describe("what is known of a model", () => {
  test("is found with a date behind its name, and for no other that looks like it", () => {
    expect(factsOf("anthropic", "claude-sonnet-4-5-20250929").price).toMatchObject({ input: 3, output: 15 });
    expect(factsOf("openai", "gpt-5-2025-08-07")).toMatchObject({ contextWindowTokens: 272_000 });
    expect(factsOf("openai", "gpt-5-pro")).toEqual({});
    expect(factsOf("anthropic", "claude-next")).toEqual({ contextWindowTokens: 200_000 });
    expect(factsOf("ollama", "gpt-5")).toEqual({});
  });

  test("makes a cost of tokens, with the cache's own prices, and none where one is missing", () => {
    const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
    const usage = {
      inputTokens: 1_600_000,
      outputTokens: 100_000,
      cachedInputTokens: 1_000_000,
      cacheWriteTokens: 100_000,
    };
    expect(costOf(usage, price)).toBeCloseTo(1.5 + 0.3 + 0.375 + 1.5);
    expect(costOf(usage, { input: 3, output: 15, cacheRead: 0.3 })).toBeUndefined();
    expect(costOf({ inputTokens: 300_000, outputTokens: 1 }, { ...price, upToInputTokens: 200_000 })).toBeUndefined();
  });

  test("a sum has a cost where all of it has", () => {
    const none = { inputTokens: 0, outputTokens: 0 };
    const known = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 1, costUsd: 0.5 };
    expect(addUsage(none, known)).toEqual(known);
    expect(addUsage(known, known)).toEqual({ inputTokens: 2, outputTokens: 4, cachedInputTokens: 2, costUsd: 1 });
    expect(addUsage(known, { inputTokens: 1, outputTokens: 0 })).not.toHaveProperty("costUsd");
  });
});

test("a provider's library is loaded when its model is connected, and no other is", () => {
  const module = fileURLToPath(new URL("../../dist/model/resolve.js", import.meta.url));
  const hook = `export const resolve = (name, context, next) => {
    if (name === "ai" || name.startsWith("@ai-sdk/")) throw new Error("loads " + name);
    return next(name, context);
  }`;
  const code = `
    import { register } from "node:module";
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});
    const { resolveModel } = await import(${JSON.stringify(module)});
    await resolveModel("offline/scripted", { environment: {} }).connect({});
    const model = resolveModel("anthropic/x", { environment: { ANTHROPIC_API_KEY: "k" } });
    await model.connect({}).catch((error) => console.log(error.message));
  `;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  expect(printed).toBe("loads @ai-sdk/anthropic\n");
});
