import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AgentMessage } from "../../src/message.ts";
import type { TurnPart, TurnRequest } from "../../src/model/model.ts";
import { type ResolveOptions, resolveModel } from "../../src/model/resolve.ts";
import { streamTurn } from "../../src/model/stream-turn.ts";

const TOOLS = ["greet", "roll_dice"].map((name) => ({ name, description: name, parameters: { type: "object" } }));

function user(text: string): AgentMessage {
  return { role: "user", content: [{ type: "text", text }] };
}

async function ask(
  messages: AgentMessage[],
  options: Partial<ResolveOptions> = {},
  request: Partial<TurnRequest> = {},
): Promise<TurnPart[]> {
  const model = resolveModel("offline/scripted", { environment: {}, ...options });
  return collect({ model, messages, tools: TOOLS, ...request });
}

async function collect(request: TurnRequest): Promise<TurnPart[]> {
  const parts: TurnPart[] = [];
  for await (const part of streamTurn(request)) parts.push(part);
  return parts;
}

function textIn(parts: TurnPart[]): string {
  return parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : [])).join("");
}

function callsIn(parts: TurnPart[]): unknown[] {
  return parts.flatMap((part) => (part.type === "tool-call" ? [[part.tool, part.input]] : []));
}

describe("without a script", () => {
  test("calls the tool that the prompt names", async () => {
    const parts = await ask([user('call greet {"name":"Ada"}')]);
    expect(callsIn(parts)).toEqual([["greet", { name: "Ada" }]]);
    expect(parts.at(-1)).toMatchObject({ type: "finish", stopReason: "tool-calls" });
  });

  test("reads key=value, with words, numbers and JSON as values", async () => {
    const parts = await ask([user('use greet name="Ada King" times=2 loud=true tags=["a", "b"] note=two words')]);
    const input = { name: "Ada King", times: 2, loud: true, tags: ["a", "b"], note: "two words" };
    expect(callsIn(parts)).toEqual([["greet", input]]);
  });

  test("calls the tools of several lines in one answer, and those behind `then` in the next", async () => {
    const messages = [user("say now\nuse greet name=Ada\nuse roll_dice\nthen use greet name=Bob")];
    const first = await ask(messages);
    expect(textIn(first)).toBe("now");
    expect(callsIn(first)).toEqual([
      ["greet", { name: "Ada" }],
      ["roll_dice", {}],
    ]);
    const finish = first.at(-1);
    if (finish?.type !== "finish") throw new Error("no finish");
    expect(callsIn(await ask([...messages, finish.message]))).toEqual([["greet", { name: "Bob" }]]);
  });

  test("says what the tools answered, and which failed", async () => {
    const call = (callId: string, tool: string) => ({ type: "toolCall" as const, callId, tool, input: {} });
    const usage = { inputTokens: 0, outputTokens: 0 };
    const facts = { stopReason: "tool-calls" as const, model: "offline/scripted", usage };
    const parts = await ask([
      user("use greet\nuse roll_dice"),
      { role: "assistant", content: [call("1", "greet"), call("2", "roll_dice")], ...facts },
      { role: "tool", callId: "2", tool: "roll_dice", content: [{ type: "text", text: "no dice" }], isError: true },
      { role: "tool", callId: "1", tool: "greet", content: [{ type: "text", text: "Hello!" }], isError: false },
    ]);
    expect(textIn(parts)).toBe("Hello!\n`roll_dice` failed: no dice");
  });

  test.each([
    ["use gret name=Ada", "Did you mean `greet`?"],
    ["call greet {name}", "Expected a JSON object behind `call greet`"],
    ["call greet [1]", "got [1]"],
    ["hello", "You said: hello"],
  ])("helps with %j", async (prompt, words) => {
    expect(textIn(await ask([user(prompt)]))).toContain(words);
  });
});

describe("with a script", () => {
  test("gives one step for each request, and then goes by the rules", async () => {
    const model = resolveModel("offline/scripted", { environment: {}, script: [{ text: "one" }, { text: "two" }] });
    const texts = [];
    for (let turn = 0; turn < 3; turn++) texts.push(textIn(await collect({ model, messages: [user("say three")] })));
    expect(texts).toEqual(["one", "two", "three"]);
  });

  test("thinks, speaks and calls in pieces that make up the whole, surrogate pairs included", async () => {
    const text = "😀".repeat(40);
    const script = [
      { thinking: "well", text, toolCalls: [{ tool: "greet" }, { tool: "nope", input: { a: 1 } }], pieceLength: 3 },
    ];
    const parts = await ask([user("x")], { script });
    expect(textIn(parts)).toBe(text);
    for (const part of parts) if (part.type === "text-delta") expect(Buffer.from(part.text).toString()).toBe(part.text);
    expect(parts.at(-1)).toMatchObject({
      stopReason: "tool-calls",
      message: {
        role: "assistant",
        model: "offline/scripted",
        content: [
          { type: "thinking", text: "well" },
          { type: "text", text },
          { type: "toolCall", callId: "call-1", tool: "greet", input: {} },
          { type: "toolCall", callId: "call-2", tool: "nope", input: { a: 1 } },
        ],
      },
    });
  });

  test("comes from the file that TAU_SCRIPT names", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tau-script-"));
    try {
      const path = join(directory, "script.json");
      writeFileSync(path, JSON.stringify([{ text: "from a file" }]));
      expect(textIn(await ask([user("x")], { environment: { TAU_SCRIPT: path } }))).toBe("from a file");
      writeFileSync(path, JSON.stringify([{ texts: "x" }]));
      await expect(ask([user("x")], { environment: { TAU_SCRIPT: path } })).rejects.toMatchObject({
        code: "invalid-option",
        message: expect.stringContaining("step 1 to have no field `texts`") as string,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("can hold arguments that are no JSON, which come as an error to answer with", async () => {
    const script = [{ toolCalls: [{ tool: "greet", input: '{"name": ' }] }];
    const parts = await ask([user("x")], { script });
    expect(parts[0]).toMatchObject({ type: "invalid-tool-call", tool: "greet", raw: '{"name": ', callId: "call-1" });
    expect(parts.at(-1)).toMatchObject({ message: { content: [{ type: "toolCall", callId: "call-1", input: {} }] } });
  });

  test("may be a function of what is asked", async () => {
    const seen: unknown[] = [];
    const script = (request: unknown): undefined => void seen.push(request);
    await ask([user("hello")], { script }, { system: "be kind" });
    expect(seen).toEqual([
      { prompt: "hello", results: [], answers: 0, system: "be kind", tools: ["greet", "roll_dice"] },
    ]);
  });

  test("is asked what a hook makes of the request", async () => {
    const onRequest = (body: Record<string, unknown>): never =>
      ({ ...body, prompt: [{ role: "user", content: [{ type: "text", text: "say changed" }] }] }) as never;
    expect(textIn(await ask([user("say plain")], {}, { onRequest }))).toBe("changed");
  });
});
