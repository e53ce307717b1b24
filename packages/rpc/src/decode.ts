import { DEFAULT_MAX_LINE_BYTES, type Message, MAX_SKIPPED_BYTES, SALVAGE_BYTES } from "tau-protocol";
import type { ChannelListener } from "./channel.ts";
import { LineDecoder } from "./line-decoder.ts";

export interface MessageDecoderOptions {
  /** @default 16 MiB */
  maxLineBytes?: number;
}

/** Turns bytes into messages and faults. */
export function createMessageDecoder(listener: ChannelListener, options: MessageDecoderOptions = {}): LineDecoder {
  const { maxLineBytes = DEFAULT_MAX_LINE_BYTES } = options;
  return new LineDecoder(
    {
      line: (text) => decodeLine(text, listener),
      oversized: (head, bytes) => listener.fault({ kind: "oversized", head, bytes }),
      endless: (bytes) => listener.fault({ kind: "endless-line", bytes }),
      notUtf8: (text) => listener.fault({ kind: "not-utf8", text }),
    },
    { maxLineBytes, maxSkippedBytes: MAX_SKIPPED_BYTES, salvageBytes: SALVAGE_BYTES },
  );
}

/** Tells what one line holds. */
export function decodeLine(text: string, listener: Pick<ChannelListener, "message" | "fault">): void {
  const message = parseObject(text);
  if (message !== undefined) {
    listener.message(message);
    return;
  }
  const glued = salvage(text);
  if (glued === undefined) {
    if (text.trim() !== "") listener.fault({ kind: "not-a-message", text });
    return;
  }
  listener.fault({ kind: "stray-text", text: glued.before });
  listener.message(glued.message);
}

const OPENING_BRACE = 0x7b;

/** An object of any shape: who reads it checks the rest. */
function parseObject(text: string): Message | undefined {
  // Most of what is no message begins unlike one, and a parse that fails costs fifty times one that succeeds.
  if (text.charCodeAt(0) !== OPENING_BRACE && !/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

const MESSAGE_START = '{"jsonrpc":"2.0"';

/** Content may hold beginnings of messages too, and each costs a look at the whole line. */
const MAX_STARTS = 8;

/**
 * A print without a newline just before a message ends up on the message's line (spec/protocol.md, F-7). The message is what
 * is an object up to the line's end: the last beginning may be inside its content, the first inside the print.
 */
function salvage(text: string): { before: string; message: Message } | undefined {
  let start = text.indexOf(MESSAGE_START, 1);
  for (let tries = 0; start !== -1 && tries < MAX_STARTS; tries++) {
    const message = parseObject(text.slice(start));
    if (message !== undefined) return { before: text.slice(0, start), message };
    start = text.indexOf(MESSAGE_START, start + 1);
  }
  return undefined;
}
