import type { JsonObject } from "tau-protocol";
import { BARE_HELLO } from "../conversation.ts";
import { CheckFailure, shown } from "../failure.ts";
import { defineChecks } from "./define.ts";

export const reloadChecks = defineChecks("reload", {
  "hand-over": {
    title: "A counter survives three generations",
    rules: ["R-1", "R-5"],
    run: async ({ start }) => {
      let handed: JsonObject | undefined;
      for (let generation = 1; generation <= 3; generation++) {
        const conversation = await start();
        const previous = handed === undefined ? {} : { previousState: handed };
        const extension = { id: "reference", generation };
        const id = conversation.request("hello", { ...BARE_HELLO, extension, ...previous });
        const state = handed === undefined ? {} : { state: "accepted" };
        await conversation.expect({ id, result: { protocol: 1, ...state } });
        await conversation.expectText(conversation.call("echo", { text: "count" }), "count");
        const collect = conversation.request("state/collect");
        const expected = { version: 1, value: { count: generation } };
        const answer = await conversation.expect({ id: collect, result: { state: expected } });
        handed = (answer["result"] as JsonObject)["state"] as JsonObject;
        await conversation.expect({ id: conversation.request("shutdown", { reason: "reload" }), result: {} });
      }
    },
  },
  "nothing-handed": {
    title: "A first generation has taken no state, and says nothing else",
    rules: ["R-5"],
    run: async ({ start }) => {
      const offer = await (await start()).hello();
      if (offer["state"] !== undefined && offer["state"] !== "none")
        throw new CheckFailure("no state or none", shown(offer["state"]));
    },
  },
  "self-test-passes": {
    title: "A self-test that passes is answered",
    rules: ["R-2"],
    run: async ({ greet }) => {
      const conversation = await greet({ config: { selfTest: "pass" } });
      await conversation.expect({ id: conversation.request("selftest/run"), result: {} });
    },
  },
  "self-test-fails": {
    title: "A self-test that fails says so with its message",
    rules: ["R-2", "X-1"],
    run: async ({ start }) => {
      const conversation = await start();
      const id = conversation.request("hello", { ...BARE_HELLO, config: { selfTest: "fail" } });
      await conversation.expect({ id, result: { selfTest: true } });
      const test = conversation.request("selftest/run");
      await conversation.expectError(test, "extension-failed", "self-test broken on purpose");
      await conversation.ping();
    },
  },
});
