import { errorAnswer } from "../conversation.ts";
import { CheckFailure } from "../failure.ts";
import { defineChecks } from "./define.ts";

export const lifeChecks = defineChecks("life", {
  "ping-under-load": {
    title: "A ping is answered while a hundred calls are running",
    rules: ["L-1", "M-7"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const calls = Array.from({ length: 100 }, () => conversation.call("wait"));
      for (let round = 0; round < 10; round++) await conversation.ping();
      for (const id of calls) conversation.cancel(id);
      await conversation.expectAll(calls.map((id) => errorAnswer(id, "cancelled")));
    },
  },
  "thousand-pings": {
    title: "A thousand pings get a thousand answers",
    rules: ["L-1", "C-1"],
    level: "basic",
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      const pings = Array.from({ length: 1000 }, () => conversation.request("ping"));
      await conversation.expectAll(pings.map((id) => ({ id, result: {} })));
    },
  },
  "shutdown-cleans-up": {
    title: "Shutdown runs the author's clean-up, is answered, and the process exits with status 0",
    rules: ["L-3"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.request("shutdown", { reason: "close" });
      await conversation.expect({ method: "log", params: { level: "info", message: "shutdown" } });
      await conversation.expect({ id, result: {} });
      const { status } = await conversation.exit();
      if (status !== 0) throw new CheckFailure("exit status 0", String(status));
    },
  },
  "shutdown-while-busy": {
    title: "What still runs at shutdown is cancelled and answered, or ends with the channel, and the process exits",
    rules: ["L-5", "C-1"],
    run: async ({ greet }) => {
      const conversation = await greet();
      conversation.call("wait");
      await conversation.ping();
      conversation.request("shutdown", { reason: "close" });
      const { status } = await conversation.exit();
      if (status !== 0) throw new CheckFailure("exit status 0", String(status));
      await conversation.drain();
    },
  },
  "too-late": {
    title: "A call that arrives during shutdown is refused as not run",
    rules: ["L-4"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const shutdown = conversation.takeId();
      const call = conversation.takeId();
      const lines = [
        { jsonrpc: "2.0", id: shutdown, method: "shutdown", params: { reason: "close" } },
        { jsonrpc: "2.0", id: call, method: "tool/execute", params: { tool: "echo", arguments: { text: "late" } } },
      ];
      conversation.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      const refused = { id: call, error: { data: { kind: "shutting-down", executed: "no" } } };
      await conversation.expectAll([{ id: shutdown, result: {} }, refused]);
      await conversation.exit();
    },
  },
});
