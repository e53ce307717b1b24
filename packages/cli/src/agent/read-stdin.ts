import { text } from "node:stream/consumers";

/** What was piped in. Nothing where a person sits at the other end. */
export async function readPiped(stdin: NodeJS.ReadStream): Promise<string> {
  return stdin.isTTY === true ? "" : text(stdin);
}
