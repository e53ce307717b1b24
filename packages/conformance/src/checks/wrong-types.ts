import type { JsonValue } from "tau-protocol";
import { CheckFailure, shown } from "../failure.ts";
import { defineChecks } from "./define.ts";

/** Params that fit no method. What a reader uses of them, it has to check (V-7). */
const WRONG_PARAMS: [method: string, params: string][] = [
  ["tool/execute", `{}`],
  ["tool/execute", `{"tool":5,"arguments":{}}`],
  ["tool/execute", `{"tool":null,"arguments":null}`],
  ["hook/run", `{}`],
  ["hook/run", `{"event":5,"payload":{}}`],
  ["hook/run", `{"event":"user_bash","payload":{"command":"ls","cwd":"/"}}`],
  ["hook/run", `{"event":"tool_call"}`],
  ["hook/run", `{"event":"tool_call","payload":7}`],
  ["command/run", `{}`],
  ["command/run", `{"command":[],"arguments":""}`],
  ["command/complete", `{"command":7,"prefix":""}`],
];

/** Lines that are none of the four forms (M-1): there is nothing that could be answered. */
const NO_MESSAGES = [
  `{"jsonrpc":"2.0"}`,
  `{"jsonrpc":"2.0","id":50}`,
  `{"jsonrpc":"2.0","id":"50","method":"ping","params":{}}`,
  `{"jsonrpc":"2.0","id":1.5,"method":"ping","params":{}}`,
  `{"jsonrpc":"2.0","id":-1,"method":"ping","params":{}}`,
  `{"jsonrpc":"2.0","id":0,"method":"ping","params":{}}`,
  `{"jsonrpc":"2.0","id":null,"method":"ping","params":{}}`,
  `{"jsonrpc":"2.0","id":{},"method":"ping","params":{}}`,
  `{"jsonrpc":"2.0","id":50,"method":7,"params":{}}`,
  `{"jsonrpc":"2.0","method":null}`,
];

const WRONG_NOTIFICATIONS = [
  `{"jsonrpc":"2.0","method":"$/cancel","params":{}}`,
  `{"jsonrpc":"2.0","method":"$/cancel","params":{"id":"2"}}`,
  `{"jsonrpc":"2.0","method":"$/cancel","params":{"id":null}}`,
  `{"jsonrpc":"2.0","method":"$/progress","params":{"id":"x","value":7}}`,
  `{"jsonrpc":"2.0","method":"event/deliver","params":{}}`,
  `{"jsonrpc":"2.0","method":"event/deliver","params":{"events":7}}`,
  `{"jsonrpc":"2.0","method":"event/deliver","params":{"events":[null,7,"x",{}]}}`,
  `{"jsonrpc":"2.0","method":"event/deliver","params":{"events":[{"name":7,"payload":null}]}}`,
];

export const wrongTypeChecks = defineChecks("faults", {
  "wrong-params": {
    title: "Params that do not fit their method are answered with an error that is no defect, and the connection lives",
    rules: ["V-7", "C-1", "K-13", "X-1"],
    run: async ({ greet }) => {
      for (const [method, params] of WRONG_PARAMS) {
        const conversation = await greet();
        const id = conversation.takeId();
        conversation.write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}\n`);
        const line = await conversation.expect({ id, error: { data: { kind: { $any: "string" } } } });
        const kind = kindOf(line["error"]);
        if (kind === "internal-error")
          throw new CheckFailure(`an error about ${method} with ${params}`, shown(line["error"]));
        await conversation.ping();
      }
    },
  },
  "no-messages": {
    title: "Objects that are no message are ignored, whatever their id is",
    rules: ["M-1", "M-2", "M-6"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      for (const line of NO_MESSAGES) {
        conversation.write(`${line}\n`);
        await conversation.ping();
      }
    },
  },
  "wrong-notifications": {
    title: "Notifications that do not fit their method are ignored",
    rules: ["V-6", "V-7", "E-3"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      for (const line of WRONG_NOTIFICATIONS) {
        conversation.write(`${line}\n`);
        await conversation.ping();
      }
    },
  },
  "wrong-answers": {
    title: "An answer of the wrong type ends the call that waits for it and nothing else",
    rules: ["V-7", "C-1"],
    run: async ({ greet }) => {
      const conversation = await greet();
      for (const answer of [`"result":null`, `"result":7`, `"result":{"content":7}`, `"error":7`, `"error":{}`]) {
        const id = conversation.call("relay", { tool: "other", text: "hi" });
        const asked = await conversation.expect({ method: "tool/call" });
        conversation.write(`{"jsonrpc":"2.0","id":${asked["id"] as number},${answer}}\n`);
        const line = await conversation.expect({ id });
        if (line["result"] === undefined && kindOf(line["error"]) === undefined)
          throw new CheckFailure("one answer", shown(line));
        await conversation.ping();
      }
    },
  },
  "wrong-hello": {
    title: "A hello that does not fit is answered with an error, and the extension ends with the channel",
    rules: ["V-7", "H-4"],
    run: async ({ start }) => {
      for (const params of [`{}`, `{"protocol":1}`, `{"protocol":{"min":"1","max":"1"}}`, `{"protocol":null}`]) {
        const conversation = await start();
        conversation.write(`{"jsonrpc":"2.0","id":1,"method":"hello","params":${params}}\n`);
        await conversation.expect({ id: 1, error: { code: { $any: "number" } } });
      }
    },
  },
});

function kindOf(error: JsonValue | undefined): JsonValue | undefined {
  return (error as { data?: { kind?: JsonValue } } | undefined)?.data?.kind;
}
