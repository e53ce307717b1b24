// The tau contestant: one extension with the two tools that every contestant offers.
import { type ExtensionApi, ToolResult } from "tau-ext";

const LINE = 'All work and no play makes a very plain line of text, "quoted" as JSON must do.\n';
const texts = new Map<number, string>();

function textOf(bytes: number): string {
  let text = texts.get(bytes);
  if (text === undefined) {
    text = Buffer.from(LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes)).toString();
    texts.set(bytes, text);
  }
  return text;
}

export default function setup(api: ExtensionApi) {
  api.registerTool({
    name: "echo",
    description: "Gives the text back",
    parameters: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    execute: ({ text }) => ToolResult.text(text),
  });
  api.registerTool({
    name: "produce",
    description: "Gives a text of that many bytes",
    parameters: { type: "object", properties: { bytes: { type: "integer" } }, required: ["bytes"] },
    execute: ({ bytes }) => ToolResult.text(textOf(bytes)),
  });
}
