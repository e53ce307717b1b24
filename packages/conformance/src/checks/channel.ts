import { BARE_HELLO } from "../conversation.ts";
import { CheckFailure } from "../failure.ts";
import { defineChecks } from "./define.ts";

const MEGABYTE = 1_000_000;

export const channelChecks = defineChecks("channel", {
  "at-once": {
    title: "A channel that ends before hello ends the extension",
    rules: ["T-7"],
    level: "basic",
    needsReference: false,
    run: async ({ start }) => {
      const conversation = await start();
      conversation.end();
      await conversation.exit();
    },
  },
  "during-setup": {
    title: "A channel that ends right behind hello ends the extension",
    rules: ["T-7"],
    level: "basic",
    needsReference: false,
    run: async ({ start }) => {
      const conversation = await start();
      conversation.request("hello", { ...BARE_HELLO });
      await conversation.drain();
    },
  },
  "while-writing": {
    title: "A channel that ends while the extension is writing ends it as well",
    rules: ["T-7", "T-8"],
    run: async ({ greet }) => {
      const conversation = await greet();
      await conversation.stall(() => {
        for (let n = 0; n < 10; n++) conversation.call("echo", { text: "x".repeat(MEGABYTE) });
        conversation.end();
      });
      await conversation.drain();
    },
  },
  "while-asking": {
    title: "A channel that ends while the extension waits for the host ends it as well",
    rules: ["T-7", "T-8"],
    run: async ({ greet }) => {
      const conversation = await greet();
      conversation.call("ask", { title: "Sure?" });
      await conversation.expect({ method: "ui/confirm" });
      conversation.end();
      await conversation.exit();
    },
  },
  "not-there": {
    title: "A variable that names a channel which is not there ends the process with a sentence",
    rules: ["T-6"],
    run: async ({ start }) => {
      for (const channel of ["fd:3", "fd:99", "fd:x", "telepathy"]) {
        const conversation = await start({ transport: "stdio", environment: { TAU_CHANNEL: channel } });
        const { status } = await conversation.exit();
        if (status === 0) throw new CheckFailure(`another status than 0 for TAU_CHANNEL=${channel}`, "0");
        if (conversation.printed.trim() === "") throw new CheckFailure("a sentence on stderr", "nothing");
      }
    },
  },
  "stdin-by-default": {
    title: "Without a variable the channel is stdin and stdout",
    rules: ["T-1"],
    needsReference: false,
    run: async ({ start }) => {
      const conversation = await start({ transport: "stdio", environment: { TAU_CHANNEL: undefined } });
      await conversation.hello();
      await conversation.ping();
    },
  },
});
