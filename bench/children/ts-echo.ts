// A TypeScript program that answers lines of JSON, for what runs TypeScript without a build.
import { createInterface } from "node:readline";

interface Message {
  id: number;
  text: string;
}

createInterface({ input: process.stdin }).on("line", (line: string) => {
  const { id, text } = JSON.parse(line) as Message;
  process.stdout.write(`${JSON.stringify({ id, text } satisfies Message)}\n`);
});
process.stdout.write("ready\n");
