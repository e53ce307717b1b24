import { TauError } from "tau-protocol";
import { hookedFetch } from "./hooked-fetch.ts";
import type { Fetch, ResolvedModel } from "./model.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Provider {
  /** A model of it, for messages. */
  example: string;
  /** @throws TauError `missing-key` */
  prepare: (modelId: string, environment: Environment, fetch: Fetch) => ResolvedModel["connect"];
}

/** Where a server that speaks as OpenAI does is, and what it wants. */
interface Compatible {
  name: string;
  baseURL: string;
  apiKey: string | undefined;
}

/** The libraries are loaded by the model that needs one, and no other. */
export const PROVIDERS: Readonly<Record<string, Provider>> = {
  anthropic: { example: "anthropic/claude-sonnet-4-5", prepare: prepareAnthropic },
  openai: { example: "openai/gpt-5", prepare: prepareOpenAI },
  google: { example: "google/gemini-2.5-pro", prepare: prepareGoogle },
  openrouter: { example: "openrouter/qwen/qwen3-coder", prepare: prepareOpenRouter },
  ollama: { example: "ollama/qwen3", prepare: prepareOllama },
  "openai-compatible": { example: "openai-compatible/my-model", prepare: prepareCompatible },
};

function prepareAnthropic(modelId: string, environment: Environment, fetch: Fetch): ResolvedModel["connect"] {
  const apiKey = need(environment, ["ANTHROPIC_API_KEY"], `anthropic/${modelId}`);
  const base = setting(environment, "ANTHROPIC_BASE_URL");
  return async (hooks) => {
    const { createAnthropic } = await import("@ai-sdk/anthropic");
    // Anthropic's own libraries take the address without the version, and that is what people have set.
    const baseURL = base === undefined ? {} : { baseURL: withVersion(base) };
    return createAnthropic({ apiKey, ...baseURL, fetch: hookedFetch(fetch, hooks) })(modelId);
  };
}

function prepareOpenAI(modelId: string, environment: Environment, fetch: Fetch): ResolvedModel["connect"] {
  const apiKey = need(environment, ["OPENAI_API_KEY"], `openai/${modelId}`);
  const base = setting(environment, "OPENAI_BASE_URL");
  return async (hooks) => {
    const { createOpenAI } = await import("@ai-sdk/openai");
    const baseURL = base === undefined ? {} : { baseURL: base };
    return createOpenAI({ apiKey, ...baseURL, fetch: hookedFetch(fetch, hooks) })(modelId);
  };
}

function prepareGoogle(modelId: string, environment: Environment, fetch: Fetch): ResolvedModel["connect"] {
  const apiKey = need(environment, ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY"], `google/${modelId}`);
  const base = setting(environment, "GOOGLE_GENERATIVE_AI_BASE_URL");
  return async (hooks) => {
    const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
    const baseURL = base === undefined ? {} : { baseURL: base };
    return createGoogleGenerativeAI({ apiKey, ...baseURL, fetch: hookedFetch(fetch, hooks) })(modelId);
  };
}

function prepareOpenRouter(modelId: string, environment: Environment, fetch: Fetch): ResolvedModel["connect"] {
  const apiKey = need(environment, ["OPENROUTER_API_KEY"], `openrouter/${modelId}`);
  const baseURL = setting(environment, "OPENROUTER_BASE_URL") ?? "https://openrouter.ai/api/v1";
  return compatible({ name: "openrouter", baseURL, apiKey }, modelId, fetch);
}

function prepareOllama(modelId: string, environment: Environment, fetch: Fetch): ResolvedModel["connect"] {
  const host = setting(environment, "OLLAMA_HOST") ?? "127.0.0.1:11434";
  const baseURL = withVersion(host.includes("://") ? host : `http://${host}`);
  return compatible({ name: "ollama", baseURL, apiKey: setting(environment, "OLLAMA_API_KEY") }, modelId, fetch);
}

function prepareCompatible(modelId: string, environment: Environment, fetch: Fetch): ResolvedModel["connect"] {
  const baseURL = need(environment, ["OPENAI_BASE_URL"], `openai-compatible/${modelId}`);
  const apiKey = setting(environment, "OPENAI_API_KEY");
  return compatible({ name: "openai-compatible", baseURL, apiKey }, modelId, fetch);
}

function compatible({ name, baseURL, apiKey }: Compatible, modelId: string, fetch: Fetch): ResolvedModel["connect"] {
  return async (hooks) => {
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    const settings = { name, baseURL, includeUsage: true, fetch: hookedFetch(fetch, hooks) };
    return createOpenAICompatible({ ...settings, ...(apiKey === undefined ? {} : { apiKey }) })(modelId);
  };
}

/** The first of the variables that is set. */
function need(environment: Environment, names: readonly string[], reference: string): string {
  for (const name of names) {
    const value = setting(environment, name);
    if (value !== undefined) return value;
  }
  const text = `\`${reference}\` needs ${names.join(" or ")} in the environment, and it is not set. Set it, or choose another model: \`offline/scripted\` needs nothing.`;
  throw new TauError("missing-key", text, { executed: "no" });
}

/** An empty one is as good as none. */
function setting(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

function withVersion(address: string): string {
  const plain = address.replace(/\/+$/, "");
  return /\/v\d+\w*$/.test(plain) ? plain : `${plain}/v1`;
}
