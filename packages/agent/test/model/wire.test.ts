import type { JsonObject } from "tau-protocol";
import { describe, expect, test } from "vitest";
import type { AgentMessage, AssistantMessage } from "../../src/message.ts";
import type { TurnPart, TurnRequest, TurnRetry } from "../../src/model/model.ts";
import { resolveModel } from "../../src/model/resolve.ts";
import { streamTurn } from "../../src/model/stream-turn.ts";
import * as recorded from "./recorded.ts";
import { cutStream, error, events, hangingStream, signal, stream, WireServer } from "./wire-server.ts";

const TOOLS = ["greet", "roll_dice"].map((name) => ({
  name,
  description: `The tool ${name}`,
  parameters: { type: "object", properties: { name: { type: "string" } }, additionalProperties: true },
}));

interface Provider {
  reference: string;
  environment: (url: string) => Record<string, string>;
  stream: () => string;
  path: string;
  headers: Record<string, string>;
}

const PROVIDERS: Record<string, Provider> = {
  anthropic: {
    reference: "anthropic/claude-sonnet-4-5",
    environment: (url) => ({ ANTHROPIC_API_KEY: "key-a", ANTHROPIC_BASE_URL: url }),
    stream: recorded.anthropic,
    path: "/v1/messages",
    headers: { "x-api-key": "key-a" },
  },
  openai: {
    reference: "openai/gpt-5",
    environment: (url) => ({ OPENAI_API_KEY: "key-o", OPENAI_BASE_URL: `${url}/v1` }),
    stream: recorded.openai,
    path: "/v1/responses",
    headers: { authorization: "Bearer key-o" },
  },
  google: {
    reference: "google/gemini-2.5-pro",
    environment: (url) => ({ GEMINI_API_KEY: "key-g", GOOGLE_GENERATIVE_AI_BASE_URL: `${url}/v1beta` }),
    stream: recorded.google,
    path: "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
    headers: { "x-goog-api-key": "key-g" },
  },
  "openai-compatible": {
    reference: "openai-compatible/qwen3",
    environment: (url) => ({ OPENAI_BASE_URL: `${url}/v1` }),
    stream: recorded.compatible,
    path: "/v1/chat/completions",
    headers: {},
  },
  ollama: {
    reference: "ollama/qwen3",
    environment: (url) => ({ OLLAMA_HOST: url.replace("http://", "") }),
    stream: recorded.compatible,
    path: "/v1/chat/completions",
    headers: {},
  },
  openrouter: {
    reference: "openrouter/qwen/qwen3-coder",
    environment: (url) => ({ OPENROUTER_API_KEY: "key-r", OPENROUTER_BASE_URL: `${url}/v1` }),
    stream: recorded.compatible,
    path: "/v1/chat/completions",
    headers: { authorization: "Bearer key-r" },
  },
};

const HELLO: AgentMessage[] = [{ role: "user", content: [{ type: "text", text: "Hello!" }] }];

/** Retries at once. */
const RIGHT_NOW = {
  now: () => 0,
  setTimeout: (callback: () => void) => setTimeout(callback, 0),
  clearTimeout: () => {},
};

function requestTo(server: WireServer, name: string, rest: Partial<TurnRequest> = {}): TurnRequest {
  const { reference, environment } = PROVIDERS[name] ?? expect.fail(name);
  const model = resolveModel(reference, { environment: environment(server.url) });
  return { model, system: "Be kind.", messages: HELLO, tools: TOOLS, clock: RIGHT_NOW, ...rest };
}

async function collect(request: TurnRequest): Promise<TurnPart[]> {
  const parts: TurnPart[] = [];
  for await (const part of streamTurn(request)) parts.push(part);
  return parts;
}

function join(parts: TurnPart[], type: "text-delta" | "thinking-delta"): string {
  return parts.flatMap((part) => (part.type === type ? [part.text] : [])).join("");
}

function messageOf(parts: TurnPart[]): AssistantMessage {
  const last = parts.at(-1);
  return last?.type === "finish" ? last.message : expect.fail("no finish");
}

describe.each(Object.keys(PROVIDERS))("%s", (name) => {
  const provider = PROVIDERS[name] ?? expect.fail(name);

  test("streams thoughts, text and parallel calls, and counts tokens", async () => {
    await using server = await WireServer.open();
    server.answer(stream(provider.stream(), { "x-test": "seen" }));
    const responses: unknown[] = [];
    const parts = await collect(
      requestTo(server, name, { onResponse: ({ status, headers }) => responses.push([status, headers["x-test"]]) }),
    );
    expect(join(parts, "thinking-delta")).toBe(recorded.THOUGHT.join(""));
    expect(join(parts, "text-delta")).toBe(recorded.TEXT.join(""));
    const calls = parts.flatMap((part) => (part.type === "tool-call" ? [{ tool: part.tool, input: part.input }] : []));
    expect(calls).toEqual(recorded.CALLS);
    const message = messageOf(parts);
    expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text", "toolCall", "toolCall"]);
    expect(message).toMatchObject({ stopReason: "tool-calls", model: provider.reference });
    expect(message.usage).toMatchObject({ inputTokens: 1125, cachedInputTokens: 1000, outputTokens: 89 });
    expect(responses).toEqual([[200, "seen"]]);
    expect(parts.filter(({ type }) => type === "text-delta")).toHaveLength(recorded.TEXT.length);
  });

  test("is asked at the right place with key, system prompt, message and tools", async () => {
    await using server = await WireServer.open();
    server.answer(stream(provider.stream()));
    await collect(requestTo(server, name));
    const [{ path, headers, body } = expect.fail("not asked")] = server.asked;
    expect(path).toBe(provider.path);
    expect(headers).toMatchObject(provider.headers);
    if (name === "ollama" || name === "openai-compatible") expect(headers).not.toHaveProperty("authorization");
    const text = JSON.stringify(body);
    for (const part of ["Be kind.", "Hello!", "greet", "The tool roll_dice", '"properties":{"name"']) {
      expect(text).toContain(part);
    }
  });

  test("takes the whole round back: its own thoughts and calls, and their results in order", async () => {
    await using server = await WireServer.open();
    server.answer(stream(provider.stream()), stream(provider.stream()));
    const message = messageOf(await collect(requestTo(server, name)));
    const results = message.content.flatMap((part): AgentMessage[] => {
      if (part.type !== "toolCall") return [];
      const content = [{ type: "text" as const, text: `result of ${part.tool}` }];
      return [{ role: "tool", callId: part.callId, tool: part.tool, content, isError: part.tool === "greet" }];
    });
    // They may be written in another order than they were asked for.
    await collect(requestTo(server, name, { messages: [...HELLO, message, ...results.toReversed()] }));
    const text = JSON.stringify(server.asked[1]?.body);
    expect(text.indexOf("result of greet")).toBeGreaterThan(0);
    expect(text.indexOf("result of roll_dice")).toBeGreaterThan(text.indexOf("result of greet"));
    const secret = { anthropic: "c2ln", openai: "ZW5jLW1vcmU", google: "c2ln" }[name];
    if (secret !== undefined) expect(text).toContain(secret);
  });

  test("gets a body that a hook has changed", async () => {
    await using server = await WireServer.open();
    server.answer(stream(provider.stream()));
    const onRequest = (body: JsonObject): JsonObject => ({ ...body, added: { by: "hook" } });
    await collect(requestTo(server, name, { onRequest }));
    expect(server.asked[0]?.body).toHaveProperty("added", { by: "hook" });
  });

  test("is asked again after 429, 500 and a reset connection, and the pauses are those it asks for", async () => {
    await using server = await WireServer.open();
    server.answer(
      error(429, { error: { message: "slow down" } }, { "retry-after": "7" }),
      error(500, { error: { message: "oops" } }),
      cutStream("", "reset"),
      cutStream("", "end"),
      stream(provider.stream()),
    );
    const retries: TurnRetry[] = [];
    const parts = await collect(
      requestTo(server, name, { onRetry: (retry) => retries.push(retry), random: () => 0.5 }),
    );
    expect(join(parts, "text-delta")).toBe(recorded.TEXT.join(""));
    expect(retries.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 7000],
      [2, 2000],
      [3, 4000],
      [4, 8000],
    ]);
    expect(retries[0]?.error.message).toContain("slow down");
    expect(server.asked).toHaveLength(5);
  });

  test("is not asked again after 401 and 400, and the error says what to do", async () => {
    await using server = await WireServer.open();
    server.answer(
      error(401, { error: { message: "bad key" } }),
      error(400, { error: { message: "prompt is too long: 300000 tokens" } }),
    );
    await expect(collect(requestTo(server, name))).rejects.toMatchObject({
      code: "provider-failed",
      retryable: false,
      detail: { provider: name, status: 401 },
      message: expect.stringMatching(/answered 401: .*Check the key/) as string,
    });
    await expect(collect(requestTo(server, name))).rejects.toMatchObject({
      detail: { status: 400, reason: "context-overflow" },
    });
    expect(server.asked).toHaveLength(2);
  });

  test("gives up after its retries with the last error", async () => {
    await using server = await WireServer.open();
    server.answer(...Array.from({ length: 3 }, () => error(503, { error: { message: "down" } })));
    await expect(collect(requestTo(server, name, { maxRetries: 2 }))).rejects.toMatchObject({
      code: "provider-failed",
      retryable: true,
      detail: { status: 503 },
    });
    expect(server.asked).toHaveLength(3);
  });

  test.each(["reset", "end"] as const)(
    "fails where the stream breaks off in the middle (%s), and is not asked again",
    async (how) => {
      await using server = await WireServer.open();
      const whole = provider.stream();
      // Behind the first piece of text, in the middle of the next event.
      const cut = whole.indexOf(recorded.TEXT[0] ?? "") + 40;
      server.answer(cutStream(whole.slice(0, cut), how));
      const turn = streamTurn(requestTo(server, name));
      const parts: TurnPart[] = [];
      const run = async (): Promise<void> => {
        for await (const part of turn) parts.push(part);
      };
      await expect(run()).rejects.toMatchObject({ code: "provider-failed", retryable: true });
      expect(join(parts, "thinking-delta")).toBe(recorded.THOUGHT.join(""));
      expect(server.asked).toHaveLength(1);
      expect(turn.partial("error", "cut").content.length).toBeGreaterThan(0);
    },
  );

  test("fails at garbage in the stream", async () => {
    await using server = await WireServer.open();
    const whole = provider.stream();
    const cut = whole.indexOf("\n\n", whole.indexOf(recorded.TEXT[0] ?? "")) + 2;
    server.answer(stream(`${whole.slice(0, cut)}data: {"half": \n\n${whole.slice(cut)}`));
    await expect(collect(requestTo(server, name))).rejects.toMatchObject({ code: "provider-failed" });
  });

  test.each(["before anything came", "in the middle"])(
    "ends at once when it is aborted %s, and hangs up",
    async (when) => {
      await using server = await WireServer.open();
      const whole = provider.stream();
      const begun =
        when === "in the middle"
          ? whole.slice(0, whole.indexOf("\n\n", whole.indexOf(recorded.TEXT[0] ?? "")) + 2)
          : "";
      const hungUp = signal();
      server.answer(hangingStream(begun, hungUp.resolve));
      const controller = new AbortController();
      const asked = signal();
      const turn = streamTurn(
        requestTo(server, name, { signal: controller.signal, onResponse: () => asked.resolve() }),
      );
      const run = async (): Promise<void> => {
        for await (const part of turn) if (part.type === "text-delta") controller.abort();
      };
      const ran = expect(run()).rejects.toMatchObject({ code: "cancelled" });
      await asked.promise;
      if (begun === "") controller.abort();
      // The answer never ends by itself.
      await ran;
      await hungUp.promise;
      const text = begun === "" ? [] : [{ type: "text", text: recorded.TEXT[0] }];
      const { content } = turn.partial("aborted");
      expect(content.filter(({ type }) => type === "text")).toMatchObject(text);
    },
  );
});

describe("every provider", () => {
  test("is hung up on when nobody listens any more", async () => {
    await using server = await WireServer.open();
    const whole = recorded.compatible();
    const hungUp = signal();
    server.answer(hangingStream(whole.slice(0, whole.indexOf("tool_calls")), hungUp.resolve));
    for await (const part of streamTurn(requestTo(server, "ollama"))) if (part.type === "text-delta") break;
    await hungUp.promise;
  });

  test("ends at once when it is aborted in the pause before a retry", async () => {
    await using server = await WireServer.open();
    server.answer(error(500, {}));
    const controller = new AbortController();
    const clock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} };
    const onRetry = (): void => controller.abort();
    const request = requestTo(server, "ollama", { signal: controller.signal, clock, onRetry });
    await expect(collect(request)).rejects.toMatchObject({ code: "cancelled" });
  });

  test("is not waited for longer than a minute: the error says for how long", async () => {
    await using server = await WireServer.open();
    server.answer(error(429, {}, { "retry-after": "3600" }));
    await expect(collect(requestTo(server, "ollama"))).rejects.toMatchObject({
      message: expect.stringContaining("asks to wait 3600 s") as string,
      detail: { status: 429, retryAfterMs: 3_600_000 },
    });
  });

  test("that can't be reached is tried again, and named", async () => {
    const server = await WireServer.open();
    const request = requestTo(server, "ollama", { maxRetries: 1 });
    await server[Symbol.asyncDispose]();
    const retries: TurnRetry[] = [];
    await expect(collect({ ...request, onRetry: (retry) => retries.push(retry) })).rejects.toMatchObject({
      code: "provider-failed",
      retryable: true,
      message: expect.stringMatching(/ollama\/qwen3.*Check the connection/) as string,
    });
    expect(retries).toHaveLength(1);
  });

  test("is not asked where the hook says no, whose error comes through", async () => {
    await using server = await WireServer.open();
    const onRequest = (): Promise<JsonObject> => Promise.reject(new Error("not today"));
    await expect(collect(requestTo(server, "anthropic", { onRequest }))).rejects.toThrow("not today");
    expect(server.asked).toEqual([]);
  });

  test("gets a result for every call, even one that was interrupted", async () => {
    await using server = await WireServer.open();
    server.answer(stream(recorded.compatible()), stream(recorded.compatible()));
    const message = messageOf(await collect(requestTo(server, "ollama")));
    await collect(requestTo(server, "ollama", { messages: [...HELLO, message, ...HELLO] }));
    const sent = server.asked[1]?.body["messages"] as { role: string; content: string }[];
    expect(sent.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool", "tool", "user"]);
    expect(sent[3]?.content).toContain("interrupted");
  });

  test("does not get another model's thoughts", async () => {
    await using server = await WireServer.open();
    server.answer(stream(recorded.anthropic()), stream(recorded.openai()));
    const message = messageOf(await collect(requestTo(server, "anthropic")));
    await collect(requestTo(server, "openai", { messages: [...HELLO, message] }));
    const text = JSON.stringify(server.asked[1]?.body);
    expect(text).toContain(recorded.TEXT.join(""));
    expect(text).not.toContain(recorded.THOUGHT.join(""));
    expect(text).not.toContain("c2ln");
  });
});

describe("thinking", () => {
  test.each([
    ["anthropic", "high", { thinking: { type: "enabled", budget_tokens: 24_576 } }],
    ["anthropic", "off", { thinking: { type: "disabled" } }],
    ["openai", "low", { reasoning: { effort: "low", summary: "auto" }, store: false }],
    ["google", "medium", { generationConfig: { thinkingConfig: { thinkingBudget: 8192, includeThoughts: true } } }],
    ["google", "off", { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }],
    ["openai-compatible", "high", { reasoning_effort: "high" }],
    ["ollama", "low", { reasoning_effort: "low" }],
    ["openrouter", "high", { reasoning: { effort: "high" } }],
    ["openrouter", "off", { reasoning: { enabled: false } }],
  ] as const)("%s %s", async (name, thinking, expected) => {
    await using server = await WireServer.open();
    server.answer(stream((PROVIDERS[name] ?? expect.fail(name)).stream()));
    await collect(requestTo(server, name, { thinking }));
    expect(server.asked[0]?.body).toMatchObject(expected);
  });

  test("of newer Claudes is theirs to measure, within an effort", async () => {
    await using server = await WireServer.open();
    server.answer(stream(recorded.anthropic()));
    const environment = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: server.url };
    const model = resolveModel("anthropic/claude-opus-4-6", { environment });
    await collect({ model, messages: HELLO, thinking: "low" });
    expect(server.asked[0]?.body).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "low" } });
  });
});

describe("anthropic", () => {
  test("is told to keep what will be asked again: the system prompt and the conversation up to here", async () => {
    await using server = await WireServer.open();
    server.answer(stream(recorded.anthropic()));
    const parts = await collect(requestTo(server, "anthropic"));
    const body = server.asked[0]?.body as { system: unknown; messages: { content: unknown[] }[] };
    const mark = { cache_control: { type: "ephemeral" } };
    expect(body.system).toMatchObject([{ text: "Be kind.", ...mark }]);
    expect(body.messages.at(-1)?.content.at(-1)).toMatchObject(mark);
    expect(messageOf(parts).usage).toMatchObject({ cachedInputTokens: 1000, cacheWriteTokens: 100 });
  });

  test("is asked again where it says first thing in the stream that it is overloaded", async () => {
    await using server = await WireServer.open();
    server.answer(stream(recorded.ANTHROPIC_OVERLOADED), stream(recorded.anthropic()));
    const parts = await collect(requestTo(server, "anthropic"));
    expect(join(parts, "text-delta")).toBe(recorded.TEXT.join(""));
    expect(server.asked).toHaveLength(2);
  });
});

test("arguments that are no JSON come as an error to answer with", async () => {
  await using server = await WireServer.open();
  const broken = recorded.compatible().replaceAll('{\\"nam', '{{\\"nam');
  server.answer(stream(broken));
  const parts = await collect(requestTo(server, "ollama"));
  const [call] = parts.filter(({ type }) => type === "invalid-tool-call");
  expect(call).toMatchObject({
    tool: "greet",
    callId: "call_0",
    error: expect.stringContaining("valid JSON") as string,
  });
  expect(parts.filter(({ type }) => type === "tool-call")).toHaveLength(1);
});

test("a call of a tool that does not exist is a call: the agent says so to the model", async () => {
  await using server = await WireServer.open();
  server.answer(stream(recorded.compatible().replaceAll("greet", "great")));
  const parts = await collect(requestTo(server, "ollama"));
  expect(parts.find(({ type }) => type === "tool-call")).toMatchObject({ tool: "great", input: { name: "Ada" } });
});

test("an answer without tools ends with `stop`, and one that was too long with `length`", async () => {
  await using server = await WireServer.open();
  const answer = (finish: string): string =>
    events([{ id: "c", choices: [{ index: 0, delta: { content: "x" }, finish_reason: finish }] }], { done: true });
  server.answer(stream(answer("stop")), stream(answer("length")));
  for (const stopReason of ["stop", "length"]) {
    expect((await collect(requestTo(server, "ollama"))).at(-1)).toMatchObject({ type: "finish", stopReason });
  }
});
