import type { JsonObject } from "tau-protocol";
import type { Check } from "../check.ts";
import { CheckFailure, shown } from "../failure.ts";
import { DECIDABLE, type DecidableEvent } from "./decidable.ts";
import { defineChecks } from "./define.ts";

/** A payload of each event on which something can be decided, as the catalogue has them. */
const PAYLOADS: Record<string, JsonObject> = {
  session_before_compact: { reason: "asked", usedTokens: 10, messages: [] },
  input: { text: "hello", source: "user" },
  before_agent_start: { prompt: "hello", systemPrompt: "You help." },
  context: { messages: [] },
  before_provider_request: { model: "a/b", body: {} },
  tool_call: { callId: "c", tool: "bash", input: {}, caller: "model" },
  tool_result: { callId: "c", tool: "bash", input: {}, content: [], isError: false },
  user_bash: { command: "ls", cwd: "/" },
};

/** What each field that hooks may change is changed to. */
const CHANGES: JsonObject = {
  summary: "short",
  text: "HELLO",
  systemPrompt: "You help well.",
  messages: [{ role: "user", content: [] }],
  body: { temperature: 0 },
  input: { command: "ls" },
  content: [{ type: "text", text: "changed" }],
  details: { changed: true },
  isError: true,
};

export const hookChecks: Check[] = defineChecks("hooks", {
  "on-every-event": {
    title: "A hook can be registered on every event that can be decided on, and on each of them once",
    rules: ["K-1"],
    run: async ({ start }) => {
      const conversation = await start();
      const { hooks } = await conversation.hello({ config: { hooks: true } });
      const names = (hooks as { event: string }[]).map(({ event }) => event).sort();
      const expected = DECIDABLE.map(({ name }) => name).sort();
      if (names.join() !== expected.join()) throw new CheckFailure(expected.join(), names.join());
    },
  },
  ...Object.fromEntries(DECIDABLE.flatMap(checksOf)),
});

type Definitions = Parameters<typeof defineChecks>[1];

/** One check for each answer that is allowed about an event, and one for a hook that throws. */
function checksOf({ name, kind, changes }: DecidableEvent): [string, Definitions[string]][] {
  const value = Object.fromEntries(changes.map((field) => [field, CHANGES[field] as JsonObject]));
  const answers: JsonObject[] = [
    { action: "continue" },
    { action: "block", reason: "not now" },
    ...(kind === "gate" ? [{ action: "ask", prompt: "Really?" }] : []),
    ...(changes.length > 0 ? [{ action: "modify", value }] : []),
  ];
  const asked = (answer: JsonObject): JsonObject => ({ event: name, payload: { ...PAYLOADS[name], answer } });
  const answered = answers.map((answer): [string, Definitions[string]] => [
    `${name}-${answer["action"] as string}`,
    {
      title: `A hook on ${name} answers ${answer["action"] as string}`,
      rules: ["K-2"],
      run: async ({ greet }) => {
        const conversation = await greet({ config: { hooks: true } });
        const line = await conversation.expect({ id: conversation.request("hook/run", asked(answer)), result: answer });
        const extra = Object.keys(line["result"] as JsonObject).filter((key) => !(key in answer));
        if (extra.length > 0) throw new CheckFailure(shown(answer), shown(line["result"]));
      },
    },
  ]);
  const thrown: Definitions[string] = {
    title: `A hook on ${name} that throws says so, and never continue`,
    rules: ["K-3"],
    run: async ({ greet }) => {
      const conversation = await greet({ config: { hooks: true } });
      const id = conversation.request("hook/run", asked({ action: "throw" }));
      await conversation.expectError(id, "hook-failed", "hook broken on purpose");
    },
  };
  return [...answered, [`${name}-throws`, thrown]];
}
