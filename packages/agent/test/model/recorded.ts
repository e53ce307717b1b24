// Streams in the shape that each provider sends them. Every one of them says the same: a thought, "Grüße, 😀", and two calls at once.
import { events } from "./wire-server.ts";

export const THOUGHT = ["I should ", "greet."];
export const TEXT = ["Grü", "ße, 😀"];
export const CALLS = [
  { tool: "greet", input: { name: "Ada" } },
  { tool: "roll_dice", input: { count: 2, sides: [4, 6] } },
];

function anthropicBlock(index: number, block: object, deltas: readonly object[]): unknown[] {
  return [
    { type: "content_block_start", index, content_block: block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}

const ANTHROPIC_START = {
  type: "message_start",
  message: {
    id: "msg_01",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5-20250929",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 25, cache_creation_input_tokens: 100, cache_read_input_tokens: 1000, output_tokens: 1 },
  },
};

/** Source: https://docs.claude.com/en/docs/build-with-claude/streaming */
export function anthropic(): string {
  const values = [
    ANTHROPIC_START,
    { type: "ping" },
    ...anthropicBlock(0, { type: "thinking", thinking: "", signature: "" }, [
      ...THOUGHT.map((thinking) => ({ type: "thinking_delta", thinking })),
      { type: "signature_delta", signature: "c2ln" },
    ]),
    ...anthropicBlock(
      1,
      { type: "text", text: "" },
      TEXT.map((text) => ({ type: "text_delta", text })),
    ),
    ...CALLS.flatMap(({ tool, input }, index) =>
      anthropicBlock(2 + index, { type: "tool_use", id: `toolu_${index}`, name: tool, input: {} }, [
        { type: "input_json_delta", partial_json: "" },
        { type: "input_json_delta", partial_json: JSON.stringify(input).slice(0, 7) },
        { type: "input_json_delta", partial_json: JSON.stringify(input).slice(7) },
      ]),
    ),
    { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 89 } },
    { type: "message_stop" },
  ];
  return events(values, { named: true });
}

export const ANTHROPIC_OVERLOADED = events(
  [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }],
  { named: true },
);

function openaiItem(index: number, item: object, done: object, between: readonly object[]): unknown[] {
  return [
    { type: "response.output_item.added", output_index: index, item: { ...item, status: "in_progress" } },
    ...between.map((value) => ({ output_index: index, ...value })),
    { type: "response.output_item.done", output_index: index, item: { ...item, ...done, status: "completed" } },
  ];
}

/** Source: https://platform.openai.com/docs/api-reference/responses-streaming */
export function openai(): string {
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1_760_000_000,
    model: "gpt-5-2025-08-07",
    output: [],
  };
  const text = TEXT.join("");
  const thought = { type: "summary_text", text: THOUGHT.join("") };
  const values = [
    { type: "response.created", response: { ...response, status: "in_progress" } },
    { type: "response.in_progress", response: { ...response, status: "in_progress" } },
    ...openaiItem(
      0,
      { id: "rs_1", type: "reasoning", summary: [], encrypted_content: "ZW5j" },
      { summary: [thought], encrypted_content: "ZW5jLW1vcmU" },
      [
        {
          type: "response.reasoning_summary_part.added",
          item_id: "rs_1",
          summary_index: 0,
          part: { ...thought, text: "" },
        },
        ...THOUGHT.map((delta) => ({
          type: "response.reasoning_summary_text.delta",
          item_id: "rs_1",
          summary_index: 0,
          delta,
        })),
        { type: "response.reasoning_summary_part.done", item_id: "rs_1", summary_index: 0, part: thought },
      ],
    ),
    ...openaiItem(
      1,
      { id: "msg_1", type: "message", role: "assistant", content: [] },
      { content: [{ type: "output_text", text, annotations: [] }] },
      [
        {
          type: "response.content_part.added",
          item_id: "msg_1",
          content_index: 0,
          part: { type: "output_text", text: "" },
        },
        ...TEXT.map((delta) => ({ type: "response.output_text.delta", item_id: "msg_1", content_index: 0, delta })),
        { type: "response.output_text.done", item_id: "msg_1", content_index: 0, text },
      ],
    ),
    ...CALLS.flatMap(({ tool, input }, index) => {
      const id = `fc_${index}`;
      const json = JSON.stringify(input);
      const call = { id, type: "function_call", call_id: `call_${index}`, name: tool, arguments: "" };
      return openaiItem(2 + index, call, { arguments: json }, [
        { type: "response.function_call_arguments.delta", item_id: id, delta: json.slice(0, 5) },
        { type: "response.function_call_arguments.delta", item_id: id, delta: json.slice(5) },
        { type: "response.function_call_arguments.done", item_id: id, arguments: json },
      ]);
    }),
    {
      type: "response.completed",
      response: {
        ...response,
        status: "completed",
        incomplete_details: null,
        usage: {
          input_tokens: 1125,
          input_tokens_details: { cached_tokens: 1000 },
          output_tokens: 89,
          output_tokens_details: { reasoning_tokens: 20 },
          total_tokens: 1214,
        },
      },
    },
  ];
  return events(values, { named: true });
}

/** Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent */
export function google(): string {
  const chunk = (parts: object[], finishReason?: string): unknown => ({
    candidates: [{ content: { parts, role: "model" }, index: 0, ...(finishReason && { finishReason }) }],
    usageMetadata: {
      promptTokenCount: 1125,
      cachedContentTokenCount: 1000,
      candidatesTokenCount: 69,
      thoughtsTokenCount: 20,
      totalTokenCount: 1214,
    },
    modelVersion: "gemini-2.5-pro",
    responseId: "r1",
  });
  return events([
    ...THOUGHT.map((text) => chunk([{ text, thought: true }])),
    ...TEXT.map((text) => chunk([{ text }])),
    chunk(
      CALLS.map(({ tool, input }, index) => ({
        functionCall: { name: tool, args: input },
        ...(index === 0 && { thoughtSignature: "c2ln" }),
      })),
      "STOP",
    ),
  ]);
}

/** Source: https://platform.openai.com/docs/api-reference/chat-streaming, with the thoughts as vLLM and DeepSeek send them */
export function compatible(): string {
  const chunk = (delta: object, finish: string | null = null): unknown => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model: "qwen3",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const call = (index: number, rest: object): unknown => chunk({ tool_calls: [{ index, ...rest }] });
  const values = [
    chunk({ role: "assistant", content: "" }),
    ...THOUGHT.map((text) => chunk({ reasoning_content: text })),
    ...TEXT.map((content) => chunk({ content })),
    ...CALLS.flatMap(({ tool, input }, index) => {
      const json = JSON.stringify(input);
      return [
        call(index, { id: `call_${index}`, type: "function", function: { name: tool, arguments: "" } }),
        call(index, { function: { arguments: json.slice(0, 5) } }),
        call(index, { function: { arguments: json.slice(5) } }),
      ];
    }),
    chunk({}, "tool_calls"),
    {
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      created: 1_760_000_000,
      model: "qwen3",
      choices: [],
      usage: {
        prompt_tokens: 1125,
        prompt_tokens_details: { cached_tokens: 1000 },
        completion_tokens: 89,
        completion_tokens_details: { reasoning_tokens: 20 },
        total_tokens: 1214,
      },
    },
  ];
  return events(values, { done: true });
}
