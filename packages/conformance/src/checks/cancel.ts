import { errorAnswer, textAnswer } from "../conversation.ts";
import { CheckFailure, shown } from "../failure.ts";
import { matches } from "../matches.ts";
import { defineChecks } from "./define.ts";

const MANY = 100;

export const cancelChecks = defineChecks("cancel", {
  "hundred-at-once": {
    title: "A hundred cancelled calls get a hundred answers, each exactly one",
    rules: ["C-1", "C-4"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const calls = Array.from({ length: MANY }, () => conversation.call("wait"));
      for (const id of calls) conversation.cancel(id);
      await conversation.expectAll(calls.map((id) => errorAnswer(id, "cancelled")));
      await conversation.ping();
    },
  },
  race: {
    title: "A cancel that meets the answer on its way leaves one of the two, never both",
    rules: ["C-1", "C-4"],
    run: async ({ greet }) => {
      const conversation = await greet();
      for (let round = 0; round < MANY; round++) {
        const id = conversation.call("echo", { text: "quick" });
        conversation.cancel(id);
        const line = await conversation.next("an answer");
        if (!matches(line, textAnswer(id, "quick")) && !matches(line, errorAnswer(id, "cancelled")))
          throw new CheckFailure(`the result of ${id} or the error cancelled`, shown(line));
      }
      await conversation.ping();
    },
  },
  "before-the-request": {
    title: "A cancel of a request that was never made does nothing to the one that is made later",
    rules: ["C-5"],
    run: async ({ greet }) => {
      const conversation = await greet();
      conversation.cancel(2);
      await conversation.expectText(conversation.call("echo", { text: "later" }), "later");
    },
  },
  cascade: {
    title: "What a call has asked of the host is given up with the call",
    rules: ["C-7"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.call("ask", { title: "Sure?" });
      const asked = await conversation.expect({
        method: "ui/confirm",
        params: { title: "Sure?", meta: { parent: id } },
      });
      conversation.cancel(id);
      const cancel = { method: "$/cancel", params: { id: asked["id"] ?? null } };
      await conversation.expectAll([cancel, errorAnswer(id, "cancelled")]);
      // The host's answer crosses the cancel: nobody waits for it any more.
      conversation.answer(asked["id"], { value: true });
      await conversation.ping();
    },
  },
  "others-go-on": {
    title: "Cancelling one call leaves the others alone",
    rules: ["C-4", "M-7"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const [one, other] = [conversation.call("wait"), conversation.call("wait")];
      conversation.cancel(one);
      await conversation.expectError(one, "cancelled");
      await conversation.ping();
      conversation.cancel(other);
      await conversation.expectError(other, "cancelled");
    },
  },
});
