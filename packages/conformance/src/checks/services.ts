import type { JsonObject } from "tau-protocol";
import type { Conversation } from "../conversation.ts";
import { defineChecks } from "./define.ts";

export const serviceChecks = defineChecks("services", {
  "ask-the-user": {
    title: "A tool asks the user, and a prompt that is dismissed is not a yes",
    rules: ["U-2", "U-3", "C-7"],
    run: async ({ greet }) => {
      const conversation = await greet();
      for (const [value, text] of [
        [{ value: true }, "yes"],
        [{ value: false }, "no"],
        [{}, "no"],
      ] as const) {
        const { id, asked } = await ask(conversation);
        conversation.answer(asked, value);
        await conversation.expectText(id, text);
      }
    },
  },
  "no-user": {
    title: "Where there is no user, the error of the prompt is the tool's",
    rules: ["U-1", "H-8"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const { id, asked } = await ask(conversation);
      const data = { kind: "unavailable", executed: "no" };
      conversation.refuse(asked, { code: 1008, message: "There is no user here.", data });
      await conversation.expectError(id, "tool-failed", "There is no user here");
    },
  },
  "call-a-tool": {
    title: "A tool calls another one through the host, on behalf of its own call",
    rules: ["C-7"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const { id, asked } = await relay(conversation);
      conversation.answer(asked, { content: [{ type: "text", text: "from afar" }] });
      await conversation.expectText(id, "from afar");
    },
  },
  "call-a-tool-in-vain": {
    title: "What went wrong with the call that a tool made is the tool's error",
    rules: ["C-9"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const { id, asked } = await relay(conversation);
      const data = { kind: "denied", executed: "no" };
      conversation.refuse(asked, { code: 1009, message: "The gate said no.", data });
      await conversation.expectError(id, "tool-failed", "The gate said no");
    },
  },
  "ask-the-model": {
    title: "A tool asks the model and reads its text",
    rules: ["C-7"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.call("think", { prompt: "2 + 2?" });
      const messages = [{ role: "user", content: [{ type: "text", text: "2 + 2?" }] }];
      const asked = await conversation.expect({ method: "model/generate", params: { messages, meta: { parent: id } } });
      const usage = { inputTokens: 5, outputTokens: 1 };
      const content = [{ type: "text", text: "4" }];
      conversation.answer(asked["id"], { content, stopReason: "stop", model: "a/b", usage });
      await conversation.expectText(id, "4");
    },
  },
});

async function ask(conversation: Conversation): Promise<{ id: number; asked: number }> {
  const id = conversation.call("ask", { title: "Sure?" });
  const line = await conversation.expect({ method: "ui/confirm", params: { title: "Sure?", meta: { parent: id } } });
  return { id, asked: line["id"] as number };
}

async function relay(conversation: Conversation): Promise<{ id: number; asked: number }> {
  const id = conversation.call("relay", { tool: "other", text: "hi" });
  const params: JsonObject = { tool: "other", arguments: { text: "hi" }, meta: { parent: id } };
  const line = await conversation.expect({ method: "tool/call", params });
  return { id, asked: line["id"] as number };
}
