import type { Stage } from "../check.ts";
import { HELLO } from "../conversation.ts";
import { defineChecks } from "./define.ts";

/** Where a channel is cut when not every byte is tried. */
const STRIDE = 23;

export const cutChecks = defineChecks("faults", {
  "cut-hello": {
    title: "A channel that ends at any byte of hello ends the extension, unanswered",
    rules: ["F-9", "T-7"],
    needsReference: false,
    run: async (stage) => {
      const hello = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "hello", params: HELLO })}\n`;
      for (const length of lengthsTo(Buffer.byteLength(hello) - 1, stage)) {
        const conversation = await stage.start();
        conversation.write(Buffer.from(hello).subarray(0, length));
        await conversation.finish();
      }
    },
  },
  "cut-call": {
    title: "A channel that ends at any byte of a call ends the extension, unanswered",
    rules: ["F-9", "T-7"],
    needsReference: false,
    run: async (stage) => {
      const ping = `{"jsonrpc":"2.0","id":2,"method":"tool/execute","params":{"tool":"echo","arguments":{"text":"é"}}}\n`;
      for (const length of lengthsTo(Buffer.byteLength(ping) - 1, stage)) {
        const conversation = await stage.greet();
        conversation.write(Buffer.from(ping).subarray(0, length));
        await conversation.finish();
      }
    },
  },
});

function lengthsTo(last: number, { isThorough }: Stage): number[] {
  const step = isThorough ? 1 : STRIDE;
  const lengths = Array.from({ length: Math.ceil(last / step) }, (_, n) => 1 + n * step);
  return lengths.at(-1) === last ? lengths : [...lengths, last];
}
