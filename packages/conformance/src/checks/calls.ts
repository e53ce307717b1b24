import type { JsonObject } from "tau-protocol";
import { errorAnswer, textAnswer } from "../conversation.ts";
import { CheckFailure, shown } from "../failure.ts";
import { defineChecks } from "./define.ts";

const MANY = 1000;
const STEPS = 200;

export const callChecks = [
  ...defineChecks("calls", {
    "out-of-order": {
      title: "A call is answered while another one is still running",
      rules: ["M-7"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const slow = conversation.call("wait");
        await conversation.expectText(conversation.call("echo", { text: "first" }), "first");
        conversation.cancel(slow);
        await conversation.expectError(slow, "cancelled");
      },
    },
    "thousand-at-once": {
      title: "A thousand calls at once get a thousand answers, each one its own",
      rules: ["C-1", "M-7"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const calls = Array.from({ length: MANY }, (_, n) => conversation.call("echo", { text: `number ${n}` }));
        await conversation.expectAll(calls.map((id, n) => textAnswer(id, `number ${n}`)));
        await conversation.ping();
      },
    },
    numbers: {
      title: "Numbers keep their value, whole or not",
      rules: ["V-4"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const sums: [a: number, b: number, sum: number][] = [
          [1.5, 2, 3.5],
          [1.5, 1.5, 3],
          [-3, 1, -2],
          [2 ** 53 - 2, 1, 2 ** 53 - 1],
          [0.1, 0.2, 0.1 + 0.2],
        ];
        for (const [a, b, sum] of sums) {
          const answer = { content: [{ type: "text", text: String(sum) }], details: { sum } };
          await conversation.expect({ id: conversation.call("add", { a, b }), result: answer });
        }
      },
    },
    "every-failure-is-an-error": {
      title: "A tool, a command and a hook that throw are told apart, and each leaves the extension alive",
      rules: ["C-9", "K-3", "X-1"],
      run: async ({ greet }) => {
        const conversation = await greet();
        await conversation.expectError(conversation.call("fail"), "tool-failed", "broken on purpose");
        const command = conversation.request("command/run", { command: "greet", arguments: "throw" });
        await conversation.expectError(command, "extension-failed", "greeting broken on purpose");
        const payload = { callId: "c", tool: "bash", input: { command: "throw" }, caller: "model" };
        const hook = conversation.request("hook/run", { event: "tool_call", payload });
        await conversation.expectError(hook, "hook-failed", "gate broken on purpose");
        await conversation.expectText(conversation.call("echo", { text: "alive" }), "alive");
      },
    },
    "stray-output": {
      title: "What a tool prints never reaches the channel",
      rules: ["T-2", "T-3"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const line = '{"jsonrpc":"2.0","id":2,"result":{"content":[]}}';
        await conversation.expectText(conversation.call("print", { text: line }), "printed");
        await conversation.finish();
        if (!conversation.printed.includes(line))
          throw new CheckFailure("what was printed among the logs", shown(conversation.printed));
      },
    },
  }),
  ...defineChecks("progress", {
    "in-order": {
      title: "Partial results come in their order, all of them before the answer",
      rules: ["C-2"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const id = conversation.call("progress", { n: STEPS });
        for (let step = 1; step <= STEPS; step++) await conversation.expect(progress(id, `${step} of ${STEPS}`));
        await conversation.expectText(id, "done");
      },
    },
    none: {
      title: "A call without partial results sends its answer and nothing else",
      rules: ["C-2"],
      run: async ({ greet }) => {
        const conversation = await greet();
        await conversation.expectText(conversation.call("progress", { n: 0 }), "done");
        await conversation.ping();
      },
    },
    interleaved: {
      title: "Partial results of calls that run at the same time name the call they belong to",
      rules: ["C-2", "M-7"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const calls = [conversation.call("progress", { n: 3 }), conversation.call("progress", { n: 3 })];
        const steps = calls.flatMap((id) => [1, 2, 3].map((step) => progress(id, `${step} of 3`)));
        await conversation.expectAll([...steps, ...calls.map((id) => textAnswer(id, "done"))]);
      },
    },
  }),
  ...defineChecks("deadlines", {
    "callers-clock": {
      title: "The caller keeps the clock: a call whose time is over runs on until it is cancelled",
      rules: ["C-3", "C-4"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const id = conversation.call("wait", {}, { deadlineMs: 1 });
        // A callee with a clock of its own would have answered by the time that ten round trips take.
        for (let round = 0; round < 10; round++) await conversation.ping();
        conversation.cancel(id);
        await conversation.expect(errorAnswer(id, "cancelled"));
      },
    },
    "meta-is-optional": {
      title: "A call with a deadline, a parent and a trace context is answered as one without",
      rules: ["M-8"],
      run: async ({ greet }) => {
        const conversation = await greet();
        const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        const meta = { deadlineMs: 60_000, parent: 1, traceparent };
        await conversation.expectText(conversation.call("echo", { text: "traced" }, meta), "traced");
      },
    },
  }),
];

function progress(id: number, text: string): JsonObject {
  return { method: "$/progress", params: { id, value: { content: [{ type: "text", text }] } } };
}
