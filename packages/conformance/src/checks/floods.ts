import { textAnswer } from "../conversation.ts";
import { CheckFailure, shown } from "../failure.ts";
import { matches } from "../matches.ts";
import { defineChecks } from "./define.ts";

const MANY = 10_000;

export const floodChecks = defineChecks("faults", {
  "flood-of-unknown-methods": {
    title: "A flood of unknown methods is answered one by one",
    rules: ["V-5", "C-1"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      const ids = Array.from({ length: 1000 }, (_, n) => conversation.request(`future/method${n}`, { n }));
      await conversation.expectAll(ids.map((id) => ({ id, error: { data: { kind: "method-not-found" } } })));
    },
  },
  "flood-of-notifications": {
    title: "A flood of notifications leaves the next request answered",
    rules: ["V-6", "E-3"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      const event = { events: [{ name: "future_event", payload: { text: "x".repeat(500) } }] };
      const line = `${JSON.stringify({ jsonrpc: "2.0", method: "event/deliver", params: event })}\n`;
      conversation.write(line.repeat(MANY));
      conversation.write(`{"jsonrpc":"2.0","method":"future/notification","params":{}}\n`.repeat(MANY));
      await conversation.ping();
    },
  },
  "flood-of-garbage": {
    title: "A flood of lines that are no messages leaves the next request answered",
    rules: ["F-6"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      conversation.write("not a message\n".repeat(MANY));
      conversation.write(Buffer.from("fffe00c30a".repeat(MANY), "hex"));
      await conversation.ping();
    },
  },
  "stalled-reader": {
    title: "A host that stops reading for a while misses no answer",
    rules: ["M-9", "C-1"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const text = "x".repeat(100_000);
      const calls: number[] = [];
      await conversation.stall(() => {
        for (let n = 0; n < 200; n++) calls.push(conversation.call("echo", { text }));
      });
      await conversation.expectAll(calls.map((id) => textAnswer(id, text)));
    },
  },
  "flood-of-progress": {
    title: "A flood of partial results to a host that does not read ends in the answer",
    rules: ["M-9", "C-1"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.takeId() + 1;
      await conversation.stall(() => void conversation.call("progress", { n: MANY }));
      let line = await conversation.next("progress or the answer");
      while (line["method"] === "$/progress") line = await conversation.next("progress or the answer");
      if (!matches(line, textAnswer(id, "done"))) throw new CheckFailure(shown(textAnswer(id, "done")), shown(line));
    },
  },
});
