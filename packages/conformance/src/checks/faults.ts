import { textAnswer } from "../conversation.ts";
import { CheckFailure } from "../failure.ts";
import { defineChecks } from "./define.ts";

const HUNDRED_MB = 100_000_000;
const CHUNK = Buffer.alloc(1_000_000, "x");

export const faultChecks = defineChecks("faults", {
  "byte-by-byte": {
    title: "A call that comes byte by byte is one call",
    rules: ["F-2"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.takeId();
      const call = {
        jsonrpc: "2.0",
        id,
        method: "tool/execute",
        params: { tool: "echo", arguments: { text: "日本 👩‍🚀" } },
      };
      const line = Buffer.from(`${JSON.stringify(call)}\n`);
      for (const [index, byte] of line.entries()) {
        conversation.write(Buffer.of(byte));
        await conversation.flush();
        // What a busy reader finds all at once has come in two pieces all the same, if it reads in between.
        if (index === line.length >> 1) await conversation.stall(() => {}, 1000);
      }
      await conversation.expectText(id, "日本 👩‍🚀");
    },
  },
  "half-a-line-and-a-pause": {
    title: "Half a line is waited for, and what it says is not run before it is whole",
    rules: ["F-2", "F-9"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const busy = conversation.call("ask", { title: "Sure?" });
      const asked = await conversation.expect({ method: "ui/confirm" });
      const line = JSON.stringify({ jsonrpc: "2.0", id: asked["id"], result: { value: true } });
      conversation.write(line);
      await conversation.flush();
      conversation.write("\n");
      await conversation.expectText(busy, "yes");
    },
  },
  "ten-thousand-glued": {
    title: "Ten thousand lines in one write are ten thousand lines",
    rules: ["F-2", "C-1"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      const ids = Array.from({ length: 10_000 }, () => conversation.takeId());
      conversation.write(ids.map((id) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`).join(""));
      for (const id of ids) await conversation.expect({ id, result: {} });
    },
  },
  "request-of-100-mb": {
    title: "A request of 100 MB is refused as not run, and the connection lives",
    rules: ["F-3", "F-5"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.takeId();
      conversation.write(
        `{"jsonrpc":"2.0","id":${id},"method":"tool/execute","params":{"tool":"echo","arguments":{"text":"`,
      );
      for (let sent = 0; sent < HUNDRED_MB; sent += CHUNK.length) {
        conversation.write(CHUNK);
        await conversation.flush();
      }
      conversation.write('"}}}\n');
      await conversation.expect({ id, error: { data: { kind: "message-too-large", executed: "no" } } });
      await conversation.expectText(conversation.call("echo", { text: "alive" }), "alive");
    },
  },
  "answer-of-100-mb": {
    title: "An answer of 100 MB settles what was asked, and the connection lives",
    rules: ["F-5"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const busy = conversation.call("relay", { tool: "other", text: "hi" });
      const asked = await conversation.expect({ method: "tool/call" });
      conversation.write(`{"jsonrpc":"2.0","id":${asked["id"] as number},"result":{"content":[{"type":"text","text":"`);
      for (let sent = 0; sent < HUNDRED_MB; sent += CHUNK.length) {
        conversation.write(CHUNK);
        await conversation.flush();
      }
      conversation.write('"}]}}\n');
      await conversation.expectError(busy, "tool-failed");
      await conversation.ping();
    },
  },
  "100-mb-of-nothing": {
    title: "A line of 100 MB that is no message is dropped, and the connection lives",
    rules: ["F-5", "F-6"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      for (let sent = 0; sent < HUNDRED_MB; sent += CHUNK.length) {
        conversation.write(CHUNK);
        await conversation.flush();
      }
      conversation.write("\n");
      await conversation.ping();
    },
  },
  "repeated-ids": {
    title: "An id that was used, or is lower than one that was, is not run a second time",
    rules: ["M-2", "M-4"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const first = conversation.call("echo", { text: "once" });
      await conversation.expect(textAnswer(first, "once"));
      for (const id of [first, 1, 2]) conversation.write(`{"jsonrpc":"2.0","id":${id},"method":"ping","params":{}}\n`);
      await conversation.expect({
        id: conversation.request("state/collect"),
        result: { state: { value: { count: 1 } } },
      });
    },
  },
  "repeated-while-running": {
    title: "A second request with the id of one that is running is ignored",
    rules: ["M-4", "C-1"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.call("wait");
      conversation.write(`{"jsonrpc":"2.0","id":${id},"method":"ping","params":{}}\n`);
      await conversation.ping();
      conversation.cancel(id);
      await conversation.expectError(id, "cancelled");
    },
  },
  "repeated-answers": {
    title: "A second answer to the same request is ignored",
    rules: ["M-4"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.call("ask", { title: "Sure?" });
      const asked = await conversation.expect({ method: "ui/confirm" });
      conversation.answer(asked["id"], { value: false });
      conversation.answer(asked["id"], { value: true });
      await conversation.expectText(id, "no");
      await conversation.ping();
    },
  },
  "deep-nesting": {
    title: "A line nested ten thousand deep is handled or skipped, and the connection lives",
    rules: ["F-6"],
    needsReference: false,
    run: async ({ greet }) => {
      const conversation = await greet();
      const depth = 10_000;
      conversation.write(
        `{"jsonrpc":"2.0","method":"future/deep","params":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}\n`,
      );
      await conversation.ping();
    },
  },
  "strange-names": {
    title: "Fields named as a language's own things are fields like any other",
    rules: ["V-4"],
    run: async ({ greet }) => {
      const conversation = await greet();
      const id = conversation.takeId();
      conversation.write(
        `{"jsonrpc":"2.0","id":${id},"method":"tool/execute","params":{"__proto__":{"tool":"fail"},"constructor":1,"__class__":2,"tool":"echo","arguments":{"text":"plain"}}}\n`,
      );
      await conversation.expectText(id, "plain");
      await conversation.ping();
      if (conversation.logs.some(({ level }) => level === "error")) throw new CheckFailure("no error logged", "one");
    },
  },
});
