import { type Message, TauError } from "tau-protocol";
import { textOf } from "./shared-notification.ts";

/**
 * One message as the text of a line, without its newline. `jsonrpc`, `id` and `method` come first, because the objects are built that way: a reader that
 * has to skip the line still learns whose it was.
 * @throws TauError `message-too-large`
 */
export function encodeText(message: Message, maxBytes: number): string {
  const text = textOf(message);
  // A UTF-16 unit is at most three bytes of UTF-8, so most lines need not be counted.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw tooLarge(Buffer.byteLength(text), maxBytes);
  }
  return text;
}

/** One message as a line with its newline. @throws TauError `message-too-large` */
export function encodeLine(message: Message, maxBytes: number): string {
  return `${encodeText(message, maxBytes)}\n`;
}

export function tooLarge(bytes: number, maxBytes: number): TauError {
  return new TauError(
    "message-too-large",
    `Expected a message of at most ${maxBytes} bytes, got ${bytes}. Send less, or a path to a file.`,
    { executed: "no" },
  );
}
