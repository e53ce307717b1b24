import type { Content, ToolResult } from "tau-protocol";
import type { Terminal } from "./terminal.ts";

export interface PrintOptions {
  /** The whole result as JSON, on stdout even when it is an error. */
  json?: boolean;
}

/** What a tool answered: on stdout, or on stderr where the tool says that it failed. */
export function printResult(result: ToolResult, { print, note }: Terminal, { json }: PrintOptions): void {
  if (json === true) {
    print(JSON.stringify(result, undefined, 2));
    return;
  }
  const write = result.isError === true ? note : print;
  for (const content of result.content) write(textOf(content));
}

export function textOf(content: Content): string {
  if (content.type === "text") return content.text.replace(/\n$/, "");
  return `[image ${content.mimeType}, ${Buffer.byteLength(content.data, "base64")} bytes]`;
}
