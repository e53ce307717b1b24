import type { JsonObject } from "tau-protocol";
import { CheckFailure } from "../failure.ts";
import { defineChecks } from "./define.ts";

const MANY = 500;

export const eventChecks = defineChecks("events", {
  "in-order": {
    title: "Events are handled in the order in which they come, over many deliveries",
    rules: ["E-2"],
    run: async ({ greet }) => {
      const conversation = await greet();
      for (let n = 0; n < MANY; n++)
        conversation.notify("event/deliver", { events: [event("session_start", `s${n}`)] });
      for (let n = 0; n < MANY; n++) await conversation.expect(logged("session_start", { sessionId: `s${n}` }));
    },
  },
  "not-asked-for": {
    title: "An event nobody asked for is passed over",
    rules: ["E-1", "V-6"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      conversation.notify("event/deliver", { events: [event("future_event", "s1")] });
      await conversation.ping();
    },
  },
  bus: {
    title: "What other extensions say on a channel reaches those who listen, and what one says goes to the host",
    rules: ["E-6"],
    run: async ({ greet }) => {
      const conversation = await greet();
      conversation.notify("event/deliver", { events: [{ name: "bus:reference", payload: { n: 1 } }] });
      await conversation.expect(logged("bus", { n: 1 }));
      const id = conversation.call("emit", { text: "hi" });
      const emitted = { method: "bus/emit", params: { channel: "reference", data: { text: "hi" } } };
      await conversation.expectAll([emitted, { id, result: { content: [{ type: "text", text: "emitted" }] } }]);
    },
  },
  unanswered: {
    title: "The delivery of an event is not answered",
    rules: ["E-3", "M-1"],
    needsReference: false,
    level: "basic",
    run: async ({ greet }) => {
      const conversation = await greet();
      for (let n = 0; n < 3; n++) conversation.notify("event/deliver", { events: [] });
      const before = conversation.logs.length;
      await conversation.ping();
      if (conversation.logs.length - before > 3)
        throw new CheckFailure("a few logs at most", `${conversation.logs.length}`);
    },
  },
});

function event(name: string, sessionId: string): JsonObject {
  return { name, payload: { sessionId, reason: "new" } };
}

function logged(message: string, data: JsonObject): JsonObject {
  return { method: "log", params: { level: "info", message, data } };
}
